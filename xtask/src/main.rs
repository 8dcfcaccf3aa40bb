//! The repository's build commands: `cargo xtask serve`, `cargo xtask test` and the like.
//!
//! This is not a build system. Cargo and Trunk build everything; what is here finds or installs what
//! they need, calls them in the right order, and ends in one clear sentence when something is wrong.

#![allow(
    clippy::disallowed_types,
    reason = "the ban is for the simulated world; a build tool may read the clock"
)]

mod browser;
mod page;
mod process;
mod setup;
mod size;
mod split;
mod steps;
mod toolchain;
mod tools;

use process::{Failure, Result};
use std::process::ExitCode;

const HELP: &str = "\
The repository's build commands.

  cargo xtask serve [OPTION…]  Install what the page needs, build it and serve it on
                               http://127.0.0.1:8080/. Options go to `trunk serve`.
  cargo xtask test [STEP…]     Install what the tests need and run all tests, or only the named steps.
  cargo xtask build [OPTION…]  Build the page for publication into dist/. Options go to `trunk build`.
  cargo xtask size             Build the page for publication and print its compressed size.
  cargo xtask bench-page       Build the page for publication and measure it in a browser.
  cargo xtask help             Print this text.

Environment variables:
  LOCKSTEP_TOOLS               The folder for Trunk and wasm-bindgen, instead of the user's cache folder.
  CHROME, CHROMEDRIVER         The browser for the tests and its driver, instead of those found.

Steps of `cargo xtask test`:
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(sentence)) => {
            let command = arguments.first().map_or("", String::as_str);
            eprintln!("\ncargo xtask {command}: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result {
    let (command, options) = match arguments.split_first() {
        Some((command, options)) => (command.as_str(), options),
        None => ("help", arguments),
    };
    match command {
        "serve" => page::serve(options),
        "build" => page::build(options),
        "size" if options.is_empty() => page::size(),
        "test" => steps::test(options),
        "bench-page" if options.is_empty() => steps::bench_page(),
        // Trunk.toml has Trunk call it.
        "split" if options.is_empty() => split::split(),
        "help" | "--help" | "-h" => {
            print!("{HELP}{}", steps::list());
            Ok(())
        }
        _ => Err(Failure(format!(
            "`{}` is not understood; `cargo xtask help` lists the commands",
            arguments.join(" ")
        ))),
    }
}
