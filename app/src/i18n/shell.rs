//! The texts of the page's frame: catalogue, transport, timeline, problems, help.

use sim_core::run::Outcome;
use sim_core::scenario::Chapter;

use crate::panels::timeline::{Axis, Bar, Row};
use crate::session::{Problem, Progress, Session};

/// A group of keys: its title, and each key or keys with what they do.
pub type KeyGroup = (&'static str, Vec<(&'static [&'static str], &'static str)>);

/// The texts of the page's frame.
pub trait ShellTexts {
    // The page.

    /// Leads past the catalogue, for those who go by Tab.
    fn skip(&self) -> &'static str;
    /// Opens and closes the catalogue.
    fn catalogue_button(&self) -> &'static str;
    /// Changes the colours; the colours now.
    fn theme_button(&self, theme: crate::store::Theme) -> String;
    /// Opens the help.
    fn help_button(&self) -> &'static str;
    /// The stage of the machine.
    fn stage_region(&self) -> &'static str;
    /// What stands at the side.
    fn side_region(&self) -> &'static str;
    /// The names of the panels at the side.
    fn side(&self, side: crate::store::Side) -> &'static str;
    /// Closes something.
    fn close(&self) -> &'static str;
    /// How a run ends, where it gets stuck; the second is whether it is stuck already.
    fn stuck(&self, outcome: Outcome, is_over: bool) -> Option<(&'static str, &'static str)>;
    /// The title of a workload that is no scenario's.
    fn own_workload(&self, name: &str) -> String;
    /// What stands where a scenario would have its lesson.
    fn no_lesson(&self) -> &'static str;

    // The catalogue.

    /// Its title.
    fn catalogue(&self) -> &'static str;
    /// The field in which it is searched.
    fn filter(&self) -> &'static str;
    /// Nothing matches.
    fn nothing_found(&self) -> &'static str;
    /// The title of a chapter.
    fn chapter(&self, chapter: Chapter) -> &'static str;

    // The transport.

    /// Its title.
    fn transport(&self) -> &'static str;
    /// Starts playing.
    fn play(&self) -> &'static str;
    /// Stops playing.
    fn pause(&self) -> &'static str;
    /// To the start.
    fn to_start(&self) -> &'static str;
    /// To the end.
    fn to_end(&self) -> &'static str;
    /// One step forward.
    fn step_forward(&self) -> &'static str;
    /// One step back.
    fn step_back(&self) -> &'static str;
    /// The slider over all events.
    fn position(&self) -> &'static str;
    /// How many events lie behind.
    fn count(&self, position: usize, length: usize) -> String;
    /// The time that is shown, with its unit.
    fn clock(&self, session: &Session) -> String;
    /// When the run ends, after the clock.
    fn end(&self, session: &Session) -> String;
    /// What steps step by.
    fn step_by(&self) -> &'static str;
    /// By event.
    fn by_event(&self) -> &'static str;
    /// By switch.
    fn by_switch(&self) -> &'static str;
    /// By the times that a task blocks.
    fn by_block(&self) -> &'static str;
    /// By the events of the marked task.
    fn by_task(&self) -> &'static str;
    /// Playing stops where a person is to choose.
    fn let_choose(&self) -> &'static str;
    /// What that does.
    fn let_choose_hint(&self) -> &'static str;
    /// How fast it plays.
    fn speed(&self) -> &'static str;

    // The timeline.

    /// Its title.
    fn timeline(&self) -> &'static str;
    /// The lanes, for those who cannot see them.
    fn timeline_lanes(&self) -> &'static str;
    /// What the axis counts.
    fn axis_label(&self) -> &'static str;
    /// It counts time.
    fn axis_time(&self) -> &'static str;
    /// It counts steps.
    fn axis_step(&self) -> &'static str;
    /// Shows less, larger.
    fn zoom_in(&self) -> &'static str;
    /// Shows more, smaller.
    fn zoom_out(&self) -> &'static str;
    /// Shows everything.
    fn zoom_fit(&self) -> &'static str;
    /// The forms of bars: a class and a word for each.
    fn legend(&self) -> Vec<(&'static str, &'static str)>;
    /// The name of a row.
    fn row_name(&self, session: &Session, row: &Row) -> String;
    /// What is known of a bar, in lines; without one, of its row.
    fn bar(&self, session: &Session, row: &Row, bar: Option<&Bar>, axis: Axis) -> Vec<String>;

    // What goes wrong, and what takes long.

    /// Why it could not be done.
    fn problem(&self, problem: &Problem) -> String;
    /// What could not be done.
    fn problem_title(&self, problem: &Problem) -> &'static str;
    /// What is as it was, or what to do.
    fn problem_way_out(&self, problem: &Problem) -> &'static str;
    /// The problem has been read.
    fn dismiss(&self) -> &'static str;
    /// Asks again for what could not be fetched.
    fn retry(&self) -> &'static str;
    /// A scenario with this title is being fetched.
    fn fetching(&self, title: &str) -> String;
    /// The part of the page that it did without at first is being fetched.
    fn fetching_part(&self) -> &'static str;
    /// Runs are in the making.
    fn making(&self, progress: Progress) -> String;
    /// Stops that.
    fn cancel(&self) -> &'static str;

    // Help.

    /// Its title.
    fn help_title(&self) -> &'static str;
    /// The keys.
    fn keys(&self) -> Vec<KeyGroup>;
    /// What else there is to know.
    fn help_note(&self) -> &'static str;
}
