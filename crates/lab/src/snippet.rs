//! The code shown beside a trace: cut from the source file that was run, never a copy.
//!
//! A region is what stands between a comment `lab:begin PART…` and the next `lab:end`. A part may have
//! several regions, and a region may belong to several parts.

/// The regions of `part` in `source`, in order, without the indentation they share.
pub fn snippet(source: &str, part: &str) -> String {
    let mut regions: Vec<Vec<&str>> = Vec::new();
    let mut inside = false;
    for line in source.lines() {
        let comment = line.trim_start().trim_start_matches(['/', '#']).trim_start();
        if let Some(parts) = comment.strip_prefix("lab:begin ") {
            inside = parts.split_whitespace().any(|name| name == part);
            if inside {
                regions.push(Vec::new());
            }
        } else if comment == "lab:end" {
            inside = false;
        } else if let (true, Some(region)) = (inside, regions.last_mut()) {
            region.push(line);
        }
    }
    let texts: Vec<String> = regions.iter().map(|region| dedent(region)).collect();
    texts.join("\n\n")
}

fn dedent(lines: &[&str]) -> String {
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let filled = lines.iter().filter(|line| !line.trim().is_empty());
    let shared = filled.map(indent).min().unwrap_or(0);
    let cut: Vec<&str> = lines.iter().map(|line| line.get(shared..).unwrap_or("")).collect();
    cut.join("\n")
}
