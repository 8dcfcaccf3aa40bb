//! Installing what is missing: first everything is said, then everything is done.

use crate::process::Result;

/// One missing thing, and how to get it.
pub(crate) struct Missing {
    /// What it is, where it goes, and how long it takes if that is long.
    pub(crate) what: String,
    pub(crate) install: Box<dyn FnOnce() -> Result>,
}

/// Says what is going to be installed and then installs it; does and says nothing if nothing is missing.
pub(crate) fn install(missing: Vec<Missing>) -> Result {
    if missing.is_empty() {
        return Ok(());
    }
    println!("To be installed first:");
    for Missing { what, .. } in &missing {
        println!("  - {what}");
    }
    for Missing { what, install } in missing {
        println!("\n== install {what}");
        install()?;
    }
    println!("\nEverything is installed.");
    Ok(())
}
