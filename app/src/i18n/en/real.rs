//! The texts of real runs in English.

use sim_core::trace::System;

use super::English;
use super::shell::grouped;
use crate::decimal::decimal;
use crate::i18n::RealTexts;
use crate::i18n::real::{Reach, Take};
use crate::session::{LiveFault, LiveFaultKind, LiveProgress, LiveServer};

impl RealTexts for English {
    fn real_run(&self) -> &'static str {
        "Real run"
    }

    fn real_run_hint(&self) -> &'static str {
        "Show a recorded run on real threads of an operating system beside the simulated one"
    }

    fn live_run(&self) -> &'static str {
        "Run for real"
    }

    fn live_run_hint(&self) -> &'static str {
        "Run this on real threads of this computer, now, and show the run beside the simulated one"
    }

    fn real_on(&self, take: Take, system: &System, reach: Reach) -> String {
        let what = match take {
            Take::Recorded => "real".to_owned(),
            Take::Live(1) => "real now".to_owned(),
            Take::Live(number) => format!("real now ({number})"),
        };
        let (os, cpus) = (system.os_name(), system.cpus);
        let plural = if cpus == 1 { "" } else { "s" };
        let end = match reach {
            Reach::End => "",
            Reach::Limit => ", cut off",
        };
        format!("{what}: {os}, {cpus} CPU{plural}{end}")
    }

    fn real_note(&self) -> &'static str {
        "A real run: it took place on an operating system, as the scenario stands. Parameters are for \
         simulated runs."
    }

    fn live_note(&self) -> &'static str {
        "A measurement of just now: this run took place on this computer, with those parameters of the \
         simulated run that mean something there. The next one will differ, and a link does not hold it: it \
         is gone when the page is closed."
    }

    fn live_progress(&self, progress: LiveProgress, server: LiveServer) -> String {
        let count = |events: u64| grouped(usize::try_from(events).unwrap_or(usize::MAX));
        let (events, most) = (count(progress.events), count(server.events));
        let seconds = decimal(progress.ms as f64 / 1_000.0, 1);
        format!(
            "Real run: {events} of {most} events at most, {seconds}\u{a0}of\u{a0}{}\u{a0}s",
            server.seconds
        )
    }

    fn live_title(&self) -> &'static str {
        "There is no real run"
    }

    fn live_fault(&self, fault: &LiveFault) -> String {
        let LiveFault { kind, why } = fault;
        match kind {
            LiveFaultKind::Gone => "The server for real runs does not answer.".to_owned(),
            LiveFaultKind::Busy => {
                "The server has another real run, and makes one at a time.".to_owned()
            }
            LiveFaultKind::Refused => format!("The server refuses it: {why}."),
            LiveFaultKind::Failed => format!("The run failed: {why}."),
            LiveFaultKind::CutOff => "The server's answer ended before the run did.".to_owned(),
            LiveFaultKind::Bad => format!("What the server sent cannot be shown: {why}."),
            LiveFaultKind::Changed => "The workload was changed while it ran.".to_owned(),
        }
    }

    fn live_way_out(&self, fault: &LiveFault) -> &'static str {
        match fault.kind {
            LiveFaultKind::Gone => {
                "What ran before is still here. Start `lockstep serve`, then try again."
            }
            LiveFaultKind::Busy => "What ran before is still here. Try again when it has ended.",
            LiveFaultKind::Refused => "What ran before is still here. Mend it and ask again.",
            LiveFaultKind::Failed | LiveFaultKind::CutOff => {
                "What ran before is still here. Try again; what `lockstep serve` prints may say more."
            }
            LiveFaultKind::Bad => {
                "What ran before is still here. The server is older or newer than this page: build both \
                 from the same sources."
            }
            LiveFaultKind::Changed => "What you wrote is still here. Try again.",
        }
    }
}
