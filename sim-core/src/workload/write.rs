//! Writing a workload as TOML, so that reading it gives the same workload.

use core::fmt::Write;

use super::{BurstSpec, JobSpec, TICKETS, Workload};
use crate::settings::{SETTINGS, SettingKind};
use crate::time::Unit;

impl Workload {
    /// The TOML text of this workload; [`from_toml`](Self::from_toml) reads it.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        if let Some(script) = &self.script {
            line(&mut text, "script", &multiline(script));
        }
        if !self.settings.is_empty() {
            begin(&mut text, "[machine]");
            for (name, value) in self.settings.iter() {
                line(&mut text, name, &setting(name, value));
            }
            for (name, value) in self.settings.constants() {
                line(&mut text, name, &value.to_string());
            }
        }
        if !self.partitions.is_empty() {
            begin(&mut text, "[memory]");
            let sizes: Vec<_> = self.partitions.iter().map(ToString::to_string).collect();
            line(&mut text, "partitions", &format!("[{}]", sizes.join(", ")));
        }
        for pipe in &self.pipes {
            begin(&mut text, "[[pipe]]");
            line(&mut text, "name", &string(&pipe.name));
            line(&mut text, "capacity", &pipe.capacity.to_string());
        }
        for job in &self.jobs {
            begin(&mut text, "[[job]]");
            write_job(&mut text, job, self.settings.unit());
        }
        text
    }
}

fn write_job(text: &mut String, job: &JobSpec, unit: Unit) {
    line(text, "name", &string(&job.name));
    if !job.arrival.is_zero() {
        line(text, "arrival", &unit.show(job.arrival).to_string());
    }
    if job.priority != 0 {
        line(text, "priority", &job.priority.to_string());
    }
    if job.tickets != TICKETS {
        line(text, "tickets", &job.tickets.to_string());
    }
    for (name, span) in [("period", job.period), ("deadline", job.deadline)] {
        if let Some(span) = span {
            line(text, name, &unit.show(span).to_string());
        }
    }
    if let Some(rounds) = job.rounds {
        line(text, "rounds", &rounds.to_string());
    }
    if job.memory != 0 {
        line(text, "memory", &job.memory.to_string());
    }
    if !job.files.is_empty() {
        let files: Vec<_> = job.files.iter().map(|file| string(file)).collect();
        line(text, "files", &format!("[{}]", files.join(", ")));
    }
    if let Some(parent) = &job.parent {
        line(text, "parent", &string(parent));
    }
    line(
        text,
        "bursts",
        &string(&BurstSpec::show_all(&job.bursts, unit)),
    );
}

/// Begins a table, after an empty line unless it is the first.
fn begin(text: &mut String, header: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(header);
    text.push('\n');
}

fn line(text: &mut String, name: &str, value: &str) {
    // Writing into a string cannot fail.
    let _ = writeln!(text, "{name} = {value}");
}

/// The value of a setting as a TOML value.
fn setting(name: &str, value: &str) -> String {
    let kind = SETTINGS
        .iter()
        .find(|setting| setting.name == name)
        .map(|setting| setting.kind);
    let is_word = matches!(kind, Some(SettingKind::Choice(_))) || value == "off";
    // TOML's integers end where a signed 64-bit number does.
    let is_long = value.parse::<i64>().is_err() && !value.contains('.');
    let is_switch = kind == Some(SettingKind::Switch);
    if value.contains('/') {
        format!("[{}]", value.replace('/', ", "))
    } else if is_word || (is_long && !is_switch) {
        string(value)
    } else {
        value.to_owned()
    }
}

/// A TOML string of several lines: as it is, unless it holds what ends such a string.
fn multiline(value: &str) -> String {
    let is_plain = |character: char| matches!(character, '\n' | '\t') || !character.is_control();
    if !value.contains("'''") && !value.ends_with('\'') && value.chars().all(is_plain) {
        return format!("'''\n{value}'''");
    }
    string(value)
}

/// A TOML basic string.
fn string(value: &str) -> String {
    let mut text = String::from("\"");
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            character if character.is_control() => {
                let _ = write!(text, "\\u{:04X}", u32::from(character));
            }
            character => text.push(character),
        }
    }
    text.push('"');
    text
}
