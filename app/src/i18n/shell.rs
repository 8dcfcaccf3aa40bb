//! The texts of the page's frame: catalogue, transport, timeline, parameters, workload.

use sim_core::program::PolicyKind;
use sim_core::scenario::Chapter;
use sim_core::settings::Group;

use crate::panels::timeline::{Axis, Bar, Row};
use crate::session::{JobField, Problem, Progress, Session};

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

    // Runs and parameters.

    /// The title of the list of runs.
    fn runs(&self) -> &'static str;
    /// A run without a name.
    fn run_number(&self, number: usize) -> String;
    /// Adds a run.
    fn add_run(&self) -> &'static str;
    /// What that does.
    fn add_run_hint(&self) -> &'static str;
    /// Takes a run away.
    fn remove_run(&self) -> &'static str;
    /// Keeps only the chosen run.
    fn keep_run(&self) -> &'static str;
    /// What that does.
    fn keep_run_hint(&self) -> &'static str;
    /// Puts all variants side by side.
    fn compare_variants(&self) -> &'static str;
    /// What that does.
    fn compare_variants_hint(&self) -> &'static str;
    /// The title of the list of variants.
    fn variants(&self) -> &'static str;
    /// Takes the settings of a variant.
    fn use_variant(&self) -> &'static str;
    /// For which runs a change is meant.
    fn scope(&self) -> &'static str;
    /// For the chosen one.
    fn this_run(&self) -> &'static str;
    /// For all.
    fn all_runs(&self) -> &'static str;
    /// The name of a policy.
    fn policy(&self, kind: PolicyKind) -> &'static str;
    /// The title of a group of settings.
    fn group(&self, group: Group) -> &'static str;
    /// The name of a setting, and what it means.
    fn setting(&self, name: &str) -> (&'static str, &'static str);
    /// A value of a setting.
    fn choice(&self, setting: &str, value: &str) -> String;
    /// It is so.
    fn on(&self) -> &'static str;
    /// It is not so.
    fn off(&self) -> &'static str;
    /// A smaller value.
    fn less(&self, setting: &str) -> String;
    /// A larger value.
    fn more_of(&self, setting: &str) -> String;
    /// Gives a setting back its value in the workload.
    fn reset(&self, setting: &str) -> String;
    /// The same for all of them.
    fn reset_all(&self) -> &'static str;

    // The workload.

    /// How it is shown.
    fn workload_form(&self) -> &'static str;
    /// As a table.
    fn as_table(&self) -> &'static str;
    /// As text.
    fn as_text(&self) -> &'static str;
    /// Its text.
    fn workload_text(&self) -> &'static str;
    /// Opens a file.
    fn open_file(&self) -> &'static str;
    /// What that does.
    fn open_file_hint(&self) -> &'static str;
    /// Where a file may be dropped.
    fn drop_here(&self) -> &'static str;
    /// Keeps the workload as a file.
    fn download(&self) -> &'static str;
    /// What that does.
    fn download_hint(&self) -> &'static str;
    /// Adds a job.
    fn add_job(&self) -> &'static str;
    /// Takes a job away.
    fn remove_job(&self) -> &'static str;
    /// Shows columns that no job uses, too.
    fn all_columns(&self) -> &'static str;
    /// Jobs that the table does not show.
    fn more_jobs(&self, count: usize) -> String;
    /// How bursts are written.
    fn bursts_note(&self) -> &'static str;
    /// The heading of a field of a job, and what it means.
    fn job_field(&self, field: JobField) -> (&'static str, &'static str);

    // What goes wrong, and what takes long.

    /// What could not be done.
    fn problem_title(&self, problem: &Problem) -> &'static str;
    /// What is as it was, or what to do.
    fn problem_way_out(&self, problem: &Problem) -> &'static str;
    /// The problem has been read.
    fn dismiss(&self) -> &'static str;
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
