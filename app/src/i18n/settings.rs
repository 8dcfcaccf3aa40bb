//! The texts of runs, parameters and workloads.

use sim_core::program::PolicyKind;
use sim_core::settings::Group;

use crate::session::JobField;

/// The texts of runs, parameters and workloads.
pub trait SettingTexts {
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
    /// The title of the constants of a script.
    fn constants(&self) -> &'static str;
    /// What stands where a script has none.
    fn no_constants(&self) -> &'static str;
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
    /// Begins a new script.
    fn new_script(&self) -> &'static str;
    /// What that does.
    fn new_script_hint(&self) -> &'static str;
    /// What a new script is called.
    fn new_script_name(&self) -> &'static str;
    /// A new script: a small one that runs.
    fn new_script_text(&self) -> &'static str;
    /// What stands where a script has no table of jobs.
    fn is_script(&self) -> &'static str;
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
}
