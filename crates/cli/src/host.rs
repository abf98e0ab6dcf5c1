//! What a crate is built for.

use std::fmt;

use clap::ValueEnum;

/// A host of the author's library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Host {
    /// Python: an extension module in an importable package.
    Python,
    /// Node.js, Bun, Deno: an addon with its ESM and CJS entries.
    Node,
    /// Browsers and web workers: a wasm module with its ESM entry.
    Web,
}

impl Host {
    /// The feature of the author's crate, and of `ponton`, that builds for it.
    pub const fn feature(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Node => "node",
            Self::Web => "web",
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Python => "Python",
            Self::Node => "Node.js",
            Self::Web => "the web",
        })
    }
}
