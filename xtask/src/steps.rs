//! All tests, as a list of steps from the quickest to the slowest.

use crate::browser::Browser;
use crate::process::{self, Failure, Result};
use crate::toolchain::{self, WASM};
use crate::tools::Tools;
use crate::{page, setup, size};
use std::time::Instant;

struct Step {
    name: &'static str,
    what: &'static str,
    run: fn() -> Result,
}

const STEPS: [Step; 9] = [
    Step {
        name: "fmt",
        what: "the code is formatted",
        run: fmt,
    },
    Step {
        name: "clippy",
        what: "Clippy and rustc warn of nothing",
        run: clippy,
    },
    Step {
        name: "clippy-wasm",
        what: "Clippy and rustc warn of nothing in the page's code, compiled for the page",
        run: clippy_wasm,
    },
    Step {
        name: "test",
        what: "the tests that need no browser pass",
        run: test_native,
    },
    Step {
        name: "doc",
        what: "the documentation builds without warnings",
        run: doc,
    },
    Step {
        name: "check",
        what: "`lockstep check`: every scenario of the catalogue keeps its claims",
        run: check,
    },
    Step {
        name: "page",
        what: "the page builds for publication",
        run: build_page,
    },
    Step {
        name: "size",
        what: "the page is small enough",
        run: measure_page,
    },
    Step {
        name: "browser",
        what: "the page works in a browser",
        run: test_browser,
    },
];

/// The names of the steps and what each shows, a line each.
pub(crate) fn list() -> String {
    let line = |step: &Step| format!("  {:<12} {}\n", step.name, step.what);
    STEPS.iter().map(line).collect()
}

/// Installs what the tests need and runs all steps, or those that are named.
pub(crate) fn test(names: &[String]) -> Result {
    let start = Instant::now();
    if let Some(unknown) = names
        .iter()
        .find(|name| !STEPS.iter().any(|step| step.name == **name))
    {
        return Err(Failure(format!(
            "there is no step `{unknown}`; `cargo xtask help` lists the steps"
        )));
    }
    let named = |name: &str| names.is_empty() || names.iter().any(|n| n == name);
    // What is measured and what is opened in the browser is the page as it is now.
    let chosen =
        |name: &str| named(name) || (name == "page" && (named("size") || named("browser")));
    prepare(chosen("page"), chosen("browser"))?;

    let steps: Vec<&Step> = STEPS.iter().filter(|step| chosen(step.name)).collect();
    for (index, step) in steps.iter().enumerate() {
        println!(
            "\n== {}/{} {}: {}",
            index + 1,
            steps.len(),
            step.name,
            step.what
        );
        let start = Instant::now();
        let result = (step.run)();
        let seconds = start.elapsed().as_secs_f32();
        let verdict = if result.is_ok() { "passed" } else { "failed" };
        println!("== {} {verdict} after {seconds:.1} s", step.name);
        result.map_err(|Failure(sentence)| Failure(format!("step {}: {sentence}", step.name)))?;
    }
    let seconds = start.elapsed().as_secs_f32();
    println!("\nAll {} steps passed, in {seconds:.0} s.", steps.len());
    Ok(())
}

/// Installs what is missing for the chosen steps; a single step should not ask for a browser in vain.
fn prepare(with_page: bool, with_browser: bool) -> Result {
    let mut missing = Vec::new();
    missing.extend(toolchain::missing_target()?);
    missing.extend(toolchain::missing_components()?);
    if with_browser {
        missing.extend(Browser::missing()?);
    }
    if with_page {
        missing.extend(page::missing()?);
    }
    setup::install(missing)?;
    toolchain::fetch_crates()
}

fn fmt() -> Result {
    process::run(
        &mut process::cargo(&["fmt", "--all", "--check"]),
        "the code is not formatted; `cargo fmt` formats it",
    )
}

/// All features, so that the code of the browser tests is looked at too.
fn clippy() -> Result {
    clippy_of(&["--workspace", "--all-targets", "--all-features"])
}

fn clippy_wasm() -> Result {
    let library = ["--lib", "--no-default-features", "--target", WASM];
    clippy_of(&[&["--package", "lockstep-sim-core"], &library[..]].concat())?;
    clippy_of(&["--package", "lockstep-app", "--target", WASM])
}

fn clippy_of(arguments: &[&str]) -> Result {
    let mut clippy = process::cargo(&["clippy"]);
    process::run(
        clippy.args(arguments).args(["--", "--deny", "warnings"]),
        "there are warnings, and warnings are errors here",
    )
}

fn test_native() -> Result {
    process::run(
        &mut process::cargo(&["test", "--workspace"]),
        "a test failed or did not compile",
    )
}

fn doc() -> Result {
    process::run(
        process::cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "--deny warnings"),
        "the documentation has errors or warnings",
    )
}

fn check() -> Result {
    let mut lockstep = process::cargo(&["run", "--release", "--package", "lockstep-sim-core"]);
    process::run(
        lockstep.args(["--bin", "lockstep", "--", "check"]),
        "a scenario does not keep its claims",
    )
}

fn build_page() -> Result {
    page::build_into(&page::test_dist(), &Tools::find()?)
}

fn measure_page() -> Result {
    size::check(&page::test_dist())
}

fn test_browser() -> Result {
    // What makes real runs for the page.
    process::run(
        &mut process::cargo(&[
            "build",
            "--package",
            "lockstep-sim-core",
            "--bin",
            "lockstep",
        ]),
        "the command line did not compile",
    )?;
    in_browser(
        &["test", "--test", "browser"],
        "a browser test failed or did not compile",
    )
}

/// Measures the published page in a browser.
pub(crate) fn bench_page() -> Result {
    prepare(true, true)?;
    build_page()?;
    // What is measured is the page; what drives it need not be optimised.
    in_browser(
        &["bench", "--profile", "dev", "--bench", "page"],
        "the page could not be measured",
    )
}

/// A target of the page's package that drives a browser against the page that was built last.
fn in_browser(arguments: &[&str], otherwise: &str) -> Result {
    let browser = Browser::find()?;
    println!("Browser: {}", browser.chrome.display());
    let mut cargo = process::cargo(arguments);
    cargo.args(["--package", "lockstep-app", "--features", "browser-tests"]);
    cargo
        .env("LOCKSTEP_DIST", page::test_dist())
        .env("LOCKSTEP", process::target_dir().join("debug/lockstep"))
        .env("CHROME", browser.chrome)
        .env("CHROMEDRIVER", browser.driver);
    process::run(&mut cargo, otherwise)
}
