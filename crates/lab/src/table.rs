//! The terminal's view: one table per part, a column per host, rows in the order of `seq`.

use std::env;
use std::fmt::Write as _;
use std::io::IsTerminal as _;

use crate::catalog::{Part, Scenario};
use crate::check::Verdict;
use crate::line::{EventLine, Outcome, Outcomes};

/// Below this, columns are stacked.
const NARROW: usize = 100;
/// When there is no terminal to ask.
const DEFAULT_WIDTH: usize = 120;
const GUTTER: usize = 2;

/// One host's outcomes, or why there are none at all.
pub struct Column {
    /// `rust`, `python`, `node` or `browser`.
    pub host: &'static str,
    /// What it recorded, or why it could not run.
    pub outcomes: Result<Outcomes, String>,
    /// Judgements on what it recorded, by scenario and part; may be empty.
    pub verdicts: Verdicts,
}

/// Judgements by scenario and part.
pub type Verdicts = std::collections::BTreeMap<(String, String), Verdict>;

/// How to draw.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether to use ANSI colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Style {
    /// What standard output can show: no colour under `NO_COLOR` or off a terminal.
    pub fn of_stdout() -> Self {
        let terminal = std::io::stdout().is_terminal();
        let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let columns = env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
        let measured = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let width = columns.or(if terminal { measured } else { None }).unwrap_or(DEFAULT_WIDTH);
        Self { color: terminal && !no_color, width: width.clamp(30, 200) }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.color && !code.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The name of a host in a headline.
pub fn host_title(host: &str) -> &'static str {
    match host {
        "rust" => "Rust",
        "python" => "Python",
        "node" => "Node",
        _ => "Browser",
    }
}

/// Draws one scenario.
pub fn render(scenario: &Scenario, columns: &[Column], style: Style) -> String {
    let mut out = String::new();
    let head = format!("{} · {} ", scenario.number, scenario.name);
    let rule = "─".repeat(style.width.saturating_sub(head.chars().count()));
    let _ = writeln!(out, "\n{}{}", style.paint("1;36", &head), style.paint("2", &rule));
    paragraph(&mut out, &scenario.title, "1", style);
    paragraph(&mut out, &format!("Notice: {}", scenario.notice), "", style);
    for part in &scenario.parts {
        out.push('\n');
        paragraph(&mut out, &format!("▪ {}", part.title), "1", style);
        let cells: Vec<_> = columns.iter().map(|column| cell(scenario, part, column)).collect();
        let per_line = if style.width < NARROW { 1 } else { cells.len() };
        for (index, cells) in cells.chunks(per_line).enumerate() {
            if index > 0 {
                out.push('\n');
            }
            side_by_side(&mut out, cells, style);
        }
    }
    for claim in &scenario.claims {
        out.push('\n');
        paragraph(&mut out, &format!("It is said: {}", claim.claim), "2", style);
        paragraph(&mut out, &format!("It is so: {}", claim.so), "2", style);
    }
    out
}

fn paragraph(out: &mut String, text: &str, code: &str, style: Style) {
    for line in wrap(text, style.width) {
        let _ = writeln!(out, "{}", style.paint(code, &line));
    }
}

/// One line of a cell, before it is fitted into its column.
struct Row {
    number: Option<u64>,
    indent: usize,
    text: String,
    code: &'static str,
}

impl Row {
    fn plain(text: impl Into<String>, code: &'static str) -> Self {
        Self { number: None, indent: 0, text: text.into(), code }
    }
}

fn cell(scenario: &Scenario, part: &Part, column: &Column) -> Vec<Row> {
    let mut rows =
        vec![Row::plain(host_title(column.host), "1"), Row::plain(part.how(column.host).unwrap_or("-"), "2")];
    let key = (scenario.name.clone(), part.name.clone());
    let outcome = column.outcomes.as_ref().map(|outcomes| outcomes.get(&key));
    match outcome {
        Err(why) => rows.push(Row::plain(format!("not run: {why}"), "2")),
        Ok(None) => rows.push(Row::plain("nothing recorded", "31")),
        Ok(Some(Outcome::Unavailable(why))) => rows.push(Row::plain(why.as_str(), "2")),
        Ok(Some(Outcome::Recorded(events))) => rows.extend(events.iter().map(row)),
    }
    // Where nothing was recorded, the reason says it all.
    let recorded = matches!(outcome, Ok(Some(Outcome::Recorded(_))));
    match column.verdicts.get(&key).filter(|_| recorded) {
        None => {}
        Some(Verdict::Passed) => rows.push(Row::plain("✓ as expected", "32")),
        Some(Verdict::KnownFailure(why)) => rows.push(Row::plain(format!("known failure: {why}"), "33")),
        Some(Verdict::Failed(failures)) => {
            rows.extend(failures.iter().map(|failure| Row::plain(format!("✗ {failure}"), "31")));
        }
    }
    rows
}

fn row(event: &EventLine) -> Row {
    let task = event.task.split_once('#').map_or(event.task.as_str(), |(name, _)| name);
    let (sign, code) = sign(&event.event);
    let indent = if task == "main" { 0 } else { 2 };
    let mut text = match (event.event.as_str(), task) {
        ("mark", "main") => event.note.clone(),
        ("mark", task) => format!("{task}: {}", event.note),
        // A first poll is where the body starts: the word every host understands.
        ("first_poll", task) => format!("{task} {sign} starts"),
        (name, task) => format!("{task} {sign} {}", name.replace('_', " ")),
    };
    if event.event != "mark" && !event.note.is_empty() {
        let _ = write!(text, " ({})", event.note);
    }
    if event.thread != "loop" {
        let _ = write!(text, " [{}]", event.thread);
    }
    let code = if event.event == "mark" && task != "main" { "" } else { code };
    Row { number: Some(event.seq), indent, text, code }
}

/// The sign and colour of an event.
fn sign(event: &str) -> (&'static str, &'static str) {
    match event {
        "created" => ("○", "36"),
        "first_poll" => ("▶", "32"),
        "pending" => ("…", "2"),
        "woken" => ("↑", "2"),
        "ready" => ("●", "32"),
        "settled" => ("✓", "32"),
        "never_awaited" => ("!", "33"),
        "dropped" | "cancelled" => ("✗", "31"),
        _ => ("", "1"),
    }
}

fn side_by_side(out: &mut String, cells: &[Vec<Row>], style: Style) {
    let width = (style.width - GUTTER) / cells.len() - GUTTER;
    let fitted: Vec<Vec<(String, &str)>> = cells.iter().map(|rows| fit(rows, width)).collect();
    let height = fitted.iter().map(Vec::len).max().unwrap_or(0);
    for line in 0..height {
        let mut text = " ".repeat(GUTTER);
        for (index, column) in fitted.iter().enumerate() {
            let (cell, code) = column.get(line).map_or(("", ""), |(cell, code)| (cell, code));
            text.push_str(&style.paint(code, cell));
            if index + 1 < fitted.len() {
                text.push_str(&" ".repeat((width + GUTTER).saturating_sub(cell.chars().count())));
            }
        }
        let _ = writeln!(out, "{}", text.trim_end());
    }
}

fn fit(rows: &[Row], width: usize) -> Vec<(String, &'static str)> {
    let mut lines = Vec::new();
    for row in rows {
        let margin = row.number.map_or(0, |_| 4) + row.indent;
        for (index, text) in wrap(&row.text, width.saturating_sub(margin + 1)).into_iter().enumerate() {
            let head = match row.number {
                Some(number) if index == 0 => format!("{number:>2}  {}", " ".repeat(row.indent)),
                _ => " ".repeat(margin + usize::from(index > 0)),
            };
            lines.push((head + &text, row.code));
        }
    }
    lines
}

/// Breaks text at spaces so that no line is longer than `width`, where its words allow.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always a line");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
