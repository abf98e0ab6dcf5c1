//! `bench-bindgen MODULE.wasm OUT_DIR`: what `wasm-bindgen --target web` does. The registry's `wasm-bindgen-cli` takes
//! minutes to build; this is the same processor without the rest. (A helper that is called `wasm-bindgen` would be taken
//! for the real one by other tools.)

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1);
    let mut arg = || args.next().context("usage: bench-bindgen MODULE.wasm OUT_DIR");
    let (module, out_dir) = (arg()?, arg()?);
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).typescript(false).omit_default_module_path(false);
    bindgen.remove_name_section(true).remove_producers_section(true);
    bindgen.web(true)?.generate(out_dir)
}
