//! Ponton's Python binding.
