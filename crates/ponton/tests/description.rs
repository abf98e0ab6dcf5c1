//! The API description: names, docs, kinds, defaults, and its JSON form.

#![allow(missing_docs, unreachable_pub, reason = "bridge modules of a test")]
#![allow(clippy::new_without_default, clippy::type_complexity, reason = "what is described need not be nice")]

mod common;

use common::{Entry, Host};
use ponton::__private::{FnDesc, FnKind, KEEP_DOCS, Mode, ModuleDesc, TypeDesc};
use serde_json::json;

/// A tiny client.
///
/// Second paragraph, with "quotes" and \ backslashes.
#[ponton::bridge(crate = crate::common)]
pub mod described {
    use ponton::prelude::*;

    /// One row.
    #[record]
    pub struct Row {
        /// Its number.
        ///   Indented.
        pub row_id: u64,
        pub from: Option<String>,
        pub seen: bool,
    }

    /**
     * A block comment.
     * Of two lines.
     */
    pub enum Level {
        /// Not much.
        Low,
        HTTP2Only,
    }

    pub enum Shape {
        /// Round.
        Circle {
            /// From the middle.
            radius: f64,
        },
        Named(String),
        Pair(u8, u8),
        Empty,
    }

    #[error]
    #[derive(Debug, thiserror::Error)]
    pub enum Failure {
        /// It is not there.
        #[error("not found")]
        NotFound {
            /// What was looked for.
            id: u64,
            name: String,
            #[source]
            why: std::io::Error,
        },
    }

    /// A connection.
    #[object]
    pub struct Client {}

    impl Client {
        /// Makes one.
        pub fn new() -> Self {
            Self {}
        }

        /// Connects.
        pub async fn connect(base_url: String, #[default(3)] max_tries: u32) -> Result<Self, Failure> {
            let _ = (base_url, max_tries);
            Ok(Self {})
        }

        #[getter]
        #[number]
        pub fn row_count(&self) -> u64 {
            0
        }

        #[doc = concat!("Made ", "up.")]
        pub fn close(&self) {}
    }

    impl Client {
        /// In a second block.
        #[spawn]
        pub async fn heavy_work(self: Arc<Self>, level: Level) {
            let _ = level;
        }
    }

    #[local]
    pub async fn pinned() {}

    pub fn delete(
        class: &str,
        #[default(Duration::from_millis(2 * 7))] wait: Duration,
        #[default(vec!["a".to_owned()])] names: Vec<String>,
        #[number] last: Option<u64>,
    ) -> (u32, Vec<u8>, HashMap<String, Vec<Row>>, Option<Arc<Client>>) {
        let _ = (class, wait, names, last);
        (0, Vec::new(), HashMap::new(), None)
    }
}

fn full() -> &'static ModuleDesc {
    Entry::named("described").full
}

fn function(name: &str) -> &'static FnDesc {
    full().functions.iter().find(|f| f.name.rust == name).unwrap()
}

fn method(name: &str) -> &'static FnDesc {
    full().objects[0].functions.iter().find(|f| f.name.rust == name).unwrap()
}

#[test]
fn docs_come_as_the_author_wrote_them() {
    assert_eq!(full().doc, "A tiny client.\n\nSecond paragraph, with \"quotes\" and \\ backslashes.");
    assert_eq!(full().records[0].doc, "One row.");
    assert_eq!(full().records[0].fields[0].doc, "Its number.\n  Indented.");
    assert_eq!(full().records[0].fields[1].doc, "");
    assert_eq!(full().enums[0].doc, "A block comment.\nOf two lines.");
    assert_eq!(full().enums[0].variants[0].data.doc, "Not much.");
    assert_eq!(full().enums[1].variants[0].data.fields[0].doc, "From the middle.");
    assert_eq!(full().errors[0].variants[0].data.doc, "It is not there.");
    assert_eq!(full().objects[0].doc, "A connection.");
    assert_eq!(method("connect").doc, "Connects.");
    assert_eq!(method("close").doc.trim(), "Made up.");
}

#[test]
fn docs_are_left_out_where_no_host_shows_them() {
    let kept = Entry::named("described").desc;
    assert_eq!(kept.doc.is_empty(), !KEEP_DOCS);
    assert_eq!(kept.objects[0].functions[0].doc.is_empty(), !KEEP_DOCS);
    assert!(!Entry::named("described").parsed().to_string().contains("\"doc\""));
}

#[test]
fn names_are_spelled_for_each_language() {
    let names = |desc: &FnDesc| [desc.name.rust, desc.name.python, desc.name.js];
    assert_eq!(names(method("heavy_work")), ["heavy_work", "heavy_work", "heavyWork"]);
    assert_eq!(names(function("delete")), ["delete", "delete", "delete_"]);
    let class = &function("delete").params[0].name;
    assert_eq!([class.rust, class.python, class.js], ["class", "class_", "class_"]);
    let from = &full().records[0].fields[1].name;
    assert_eq!([from.rust, from.python, from.js], ["from", "from_", "from"]);
    let variants = full().enums[0].variants;
    assert_eq!([variants[0].code, variants[0].tag, variants[0].data.name], ["LOW", "low", "Low"]);
    assert_eq!([variants[1].code, variants[1].tag], ["HTTP2_ONLY", "http2Only"]);
    assert_eq!(full().enums[1].variants[2].data.fields[1].name.js, "value1");
    assert_eq!(full().errors[0].variants[0].code, "NOT_FOUND");
}

#[test]
fn functions_know_their_kind_and_mode() {
    let of = |f: &FnDesc| (f.kind, f.mode);
    assert_eq!(of(method("new")), (FnKind::Constructor, Mode::Sync));
    assert_eq!(of(method("connect")), (FnKind::Static, Mode::Async));
    assert_eq!(of(method("row_count")), (FnKind::Getter, Mode::Sync));
    assert_eq!(of(method("heavy_work")), (FnKind::Method, Mode::Spawn));
    assert_eq!(of(function("pinned")), (FnKind::Function, Mode::Local));
    assert!(method("row_count").number && !method("close").number);
    assert!(matches!(method("connect").returns, TypeDesc::Object { name: "Client", module: "described" }));
    assert!(matches!(method("connect").throws, Some(TypeDesc::Error { name: "Failure", .. })));
    assert!(method("close").throws.is_none());
}

#[test]
fn parameters_know_what_may_be_left_out() {
    let delete = function("delete");
    let defaults: Vec<_> = delete.params.iter().map(|p| (p.optional, p.default, p.number)).collect();
    assert_eq!(
        defaults,
        [
            (false, "", false),
            (true, "Duration::from_millis(2 * 7)", false),
            (true, "vec![\"a\".to_owned()]", false),
            (true, "", true),
        ]
    );
    assert_eq!((delete.required(), method("connect").required()), (1, 1));
}

#[test]
fn sources_of_an_error_are_no_fields() {
    let fields: Vec<_> = full().errors[0].variants[0].data.fields.iter().map(|f| f.name.js).collect();
    assert_eq!(fields, ["id", "name_"]);
}

#[test]
fn the_json_form_holds_the_same() {
    let json = Entry::named("described").parsed();
    assert_eq!(json["v"], 1);
    assert_eq!(json["module"], "described");
    let delete = &json["functions"].as_array().unwrap()[1];
    assert_eq!(delete["name"], json!({"rust": "delete", "python": "delete", "js": "delete_"}));
    assert_eq!(delete["required"], 1);
    assert_eq!(delete["params"][1]["default"], "Duration::from_millis(2 * 7)");
    assert_eq!(delete["params"][2]["default"], "vec![\"a\".to_owned()]");
    assert_eq!(
        delete["returns"],
        json!({"tuple": [
            "u32",
            "bytes",
            {"map": {"list": {"record": "Row", "module": "described"}}},
            {"option": {"object": "Client", "module": "described"}},
        ]})
    );
    assert_eq!(json["objects"][0]["functions"][1]["throws"], json!({"error": "Failure", "module": "described"}));
    assert_eq!(json["enums"][1]["hasData"], true);
    assert_eq!(json["errors"][0]["variants"][0]["code"], "NOT_FOUND");
    assert_eq!(json["records"][0]["fields"][1]["name"]["python"], "from_");
}

#[test]
fn a_host_meets_every_item_once_in_order() {
    let host = Host::of("described");
    assert_eq!(host.visited, ["pinned", "delete", "Client", "Row", "Level", "Shape", "Failure"]);
    let mut slots = host.slots.clone();
    slots.sort_unstable();
    slots.dedup();
    assert_eq!(slots.len(), 5, "a slot of its own for each type");
    assert_eq!(Host::of("described").slots, host.slots, "the same slots every time");
}
