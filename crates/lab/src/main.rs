//! `ponton-lab`: the lab's command line, showing Rust's own column, and the demo of all hosts.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use ponton_lab::{catalog, demo, line, run, table};

/// Lazy and eager, side by side: runs a scenario in Rust and shows what was recorded.
#[derive(Parser)]
#[command(name = "ponton-lab", args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    lab: Lab,
}

#[derive(Args)]
struct Lab {
    /// A scenario's name or number; all of them when left out
    scenario: Option<String>,
    /// Print the trace, one JSON record per line
    #[arg(long)]
    json: bool,
    /// Print the scenarios and stop
    #[arg(long)]
    list: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run every host, compare them, and write the page
    Demo(Demo),
}

#[derive(Args)]
struct Demo {
    /// A scenario's name or number; all of them when left out
    scenario: Option<String>,
    /// The Python to run, one that can import ponton
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// The Node.js to run
    #[arg(long, default_value = "node")]
    node: PathBuf,
    /// The entry module of the lab's web build: the browser runs it, and the page embeds it to run Rust live
    #[arg(long)]
    web: Option<PathBuf>,
    /// Where the page and the traces go
    #[arg(long, default_value = "target/lab")]
    out: PathBuf,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Some(Command::Demo(args)) => catalog::select(args.scenario.as_deref()).map(|wanted| {
            demo::run(&demo::Settings {
                scenarios: wanted,
                python: args.python,
                node: args.node,
                web: args.web,
                out: args.out,
            })
        }),
        None => lab(&cli.lab),
    };
    match done {
        Ok(Ok(())) => ExitCode::SUCCESS,
        // A reader such as `head` that has seen enough is no failure.
        Ok(Err(e)) if e.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Ok(Err(e)) => {
            eprintln!("ponton-lab: {e}");
            ExitCode::FAILURE
        }
        Err(message) => {
            eprint!("ponton-lab: {message}");
            ExitCode::from(2)
        }
    }
}

fn lab(args: &Lab) -> Result<std::io::Result<()>, String> {
    let wanted = catalog::select(args.scenario.as_deref())?;
    Ok(show(args, &wanted))
}

fn show(args: &Lab, wanted: &[&catalog::Scenario]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if args.list {
        return out.write_all(catalog::list().as_bytes());
    }
    let outcomes = run::run_all(wanted.iter().copied());
    if args.json {
        return out.write_all(line::to_json("rust", wanted, &outcomes).as_bytes());
    }
    let columns = [table::Column { host: "rust", outcomes: Ok(outcomes), verdicts: table::Verdicts::new() }];
    let style = table::Style::of_stdout();
    for scenario in wanted {
        out.write_all(table::render(scenario, &columns, style).as_bytes())?;
    }
    Ok(())
}
