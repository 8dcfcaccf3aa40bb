//! The sentences that tell events of processes, threads, signals and pipes, in English.

use sim_core::call::{Denial, Disposition, HandlerStyle, Query};
use sim_core::view::Narration;
use sim_core::view::narration::{SignalEffect, What};

use super::narration::{Teller, say};
use crate::i18n::Piece;

impl Teller<'_> {
    pub(super) fn tell_process(&mut self, narration: &Narration) {
        match narration.what {
            What::Forked {
                task,
                process,
                child,
                words,
            } => {
                say!(self.main, task, " forks: ", child);
                let pid = process.0 + 1;
                say!(
                    self.main,
                    format!(
                        " is a copy of its process, number {pid}, and goes on at the same line."
                    )
                );
                if words > 0 {
                    let text = format!("{words} words of memory are copied. ");
                    say!(self.more, text);
                }
                say!(self.more, "In the child the answer is 0.");
            }
            What::Spawned {
                task,
                process,
                child,
            } => {
                say!(self.main, task, " makes a process: ", child);
                let pid = process.0 + 1;
                say!(
                    self.main,
                    format!(", number {pid}, begins with a fresh image.")
                );
            }
            What::ThreadStarted { task, thread } => {
                say!(
                    self.main,
                    task,
                    " starts a thread of its process: ",
                    thread,
                    " is ready."
                );
            }
            What::Executed { task } => say!(
                self.main,
                task,
                " gives its process a fresh image; its other threads are gone."
            ),
            What::Joined { task, thread } => {
                say!(self.main, task, " joins ", thread, ", which has ended.");
            }
            What::WaitedForChild {
                task,
                child,
                status,
                ..
            } => {
                say!(self.main, task, " collects the exit status of ", child);
                let text = match status {
                    0.. => format!(": {status}."),
                    _ => format!(": signal {} ended it.", -status),
                };
                say!(self.main, text);
            }
            What::Denied { task, denial } => {
                let text = match denial {
                    Denial::TryAgain => " is told: not now (EAGAIN).",
                    Denial::NoChild => " has no such child to wait for (ECHILD).",
                    Denial::NoProcess => " is told that there is no such process (ESRCH).",
                    Denial::Interrupted => " is told that a signal interrupted its call (EINTR).",
                };
                say!(self.main, task, text);
            }
            What::Asked { task, query } => {
                let text = match query {
                    Query::Own => " asks for the number of its process.",
                    Query::Parent => " asks for the number of its parent.",
                };
                say!(self.main, task, text);
            }
            What::Killed { task, signal, cpu } => {
                let text = format!(" ends: {} has ended its process.", signal.name());
                say!(self.main, task, text);
                self.cpu_after(cpu);
            }
            What::Terminated { task, cpu } => {
                say!(self.main, task, " ends with its process.");
                self.cpu_after(cpu);
            }
            What::Adopted { task, parent } => {
                say!(self.main, task, " is an orphan");
                if let Some(parent) = parent {
                    say!(self.main, ": ", parent, " has ended");
                }
                say!(self.main, ". init is its parent now.");
            }
            What::Closed {
                task,
                end,
                pipe,
                open,
            } => {
                let pipe = self.pipe(pipe);
                let text = format!(" closes its {} end of ", end.word());
                say!(self.main, task, text, pipe, ".");
                let text = match open {
                    0 => "No process has that end open any more.".to_owned(),
                    1 => "One process has it open still.".to_owned(),
                    _ => format!("{open} processes have it open still."),
                };
                say!(self.more, text);
            }
            _ => self.tell_signal(narration),
        }
    }

    fn tell_signal(&mut self, narration: &Narration) {
        match narration.what {
            What::SignalSent {
                task,
                signal,
                first,
                is_kernel,
                effect,
                ..
            } => {
                let name = signal.name();
                if is_kernel {
                    say!(self.main, format!("The kernel sends {name} to "));
                } else {
                    say!(self.main, task, format!(" sends {name} to "));
                }
                match first {
                    Some(first) => say!(self.main, "the process of ", first, "."),
                    None => say!(self.main, "init."),
                }
                self.effect(effect);
            }
            What::AlarmRang { task, effect } => {
                say!(self.main, "The alarm clock of ", task, " rings: SIGALRM.");
                self.effect(effect);
            }
            What::DispositionSet {
                task,
                signal,
                disposition,
            } => {
                let what = match disposition {
                    Disposition::Default => "do what it does by itself".to_owned(),
                    Disposition::Ignore => "be ignored".to_owned(),
                    Disposition::Handle { function, style } => {
                        let script = self.scene.code.script.as_ref();
                        let name = script.map_or("", |script| script.function_name(function));
                        match style {
                            HandlerStyle::Restarting => format!("call {name}"),
                            HandlerStyle::Interrupting => {
                                format!("call {name} and end the call that it interrupts")
                            }
                        }
                    }
                };
                let text = format!(" wants {} to {what}.", signal.name());
                say!(self.main, task, text);
            }
            What::AlarmSet { task, at } => match at {
                Some(at) => {
                    let at = self.moment(at);
                    say!(self.main, task, format!(" sets its alarm clock to {at}."));
                }
                None => say!(self.main, task, " switches its alarm clock off."),
            },
            What::SignalDelivered {
                task,
                signal,
                blocked,
            } => {
                let text = format!(" takes {} and goes on in its handler.", signal.name());
                say!(self.main, task, text);
                if blocked.is_some() {
                    say!(self.more, "It was blocked, and is ready now.");
                }
            }
            What::HandlerReturned { task } => say!(
                self.main,
                task,
                "’s handler is over: it goes on where the signal came."
            ),
            _ => {}
        }
    }

    fn effect(&mut self, effect: SignalEffect) {
        say!(
            self.more,
            match effect {
                SignalEffect::Ends => "It ends the process.",
                SignalEffect::Handled => "The process has a handler for it.",
                SignalEffect::None => "Nothing comes of it.",
            }
        );
    }
}
