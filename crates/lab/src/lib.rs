//! The lab: one idea per scenario, run natively in each language and once through the bridge.
//!
//! Nothing here is simulated. [`observe`] records what happens to a future while the code beside
//! it runs; [`run`] collects one trace per part; [`check`] holds it against the expected order;
//! [`table`] and [`page`] show it.

pub mod bridge;
#[cfg(feature = "cli")]
pub mod catalog;
#[cfg(feature = "cli")]
pub mod check;
#[cfg(feature = "cli")]
pub mod demo;
#[cfg(feature = "cli")]
pub mod line;
#[cfg(feature = "cli")]
pub mod observe;
#[cfg(feature = "cli")]
pub mod page;
#[cfg(feature = "cli")]
pub mod run;
#[cfg(feature = "cli")]
mod scenarios;
#[cfg(feature = "cli")]
pub mod snippet;
#[cfg(feature = "cli")]
pub mod table;
