//! The registry numbers functions as `runtime.js` does, from the same description.

use ponton_core::convert::{Bridged, ConvertError};
use ponton_core::desc::{FnDesc, FnKind, Mode, ModuleDesc, Name, ObjectDesc, TypeDesc};
use ponton_core::ir;
use ponton_core::module::{Call, Function, Module, Object, ObjectVisitor, TypeSlot, Visitor};
use ponton_js::engine::{Failure, Hook};
use ponton_js::registry::{Compile, Registry};

const fn function(name: &'static str, kind: FnKind) -> FnDesc {
    let name = Name { rust: name, python: name, js: name };
    FnDesc {
        name,
        path: "",
        doc: "",
        kind,
        mode: Mode::Sync,
        params: &[],
        returns: TypeDesc::Unit,
        throws: None,
        number: false,
    }
}

static ALPHA: FnDesc = function("alpha", FnKind::Function);
static BETA: FnDesc = function("beta", FnKind::Method);
static GAMMA: FnDesc = function("gamma", FnKind::Function);
static DELTA: FnDesc = function("delta", FnKind::Function);

/// Function `N`, of the four above.
struct F<const N: usize>;

impl<const N: usize> Function for F<N> {
    const DESC: &'static FnDesc = [&ALPHA, &BETA, &GAMMA, &DELTA][N];
    fn call<C: Call>(call: C) -> Result<C::Return, C::Error> {
        call.sync(|| ())
    }
}

struct Thing;

impl Bridged for Thing {
    const TYPE: TypeDesc = TypeDesc::Object { name: "Thing", module: "first" };
}

impl Object for Thing {
    const DESC: &'static ObjectDesc = &THING;
    fn slot() -> &'static TypeSlot {
        static SLOT: TypeSlot = TypeSlot::new();
        &SLOT
    }
    fn visit<V: ObjectVisitor>(visitor: &mut V) {
        visitor.function::<F<1>>();
    }
}

const THING: ObjectDesc =
    ObjectDesc { name: "Thing", module: "first", doc: "", functions: &[function("beta", FnKind::Method)] };

const fn module(name: &'static str, functions: &'static [FnDesc], objects: &'static [ObjectDesc]) -> ModuleDesc {
    ModuleDesc { name, doc: "", functions, objects, records: &[], enums: &[], errors: &[], callbacks: &[] }
}

struct First;

impl First {
    const ALL: ModuleDesc =
        module("first", &[function("alpha", FnKind::Function), function("gamma", FnKind::Function)], &[THING]);
}

impl Module for First {
    const DESC: &'static ModuleDesc = &Self::ALL;
    const JSON: &'static [u8] = &ir::json::<{ ir::json_len(&First::ALL) }>(&First::ALL);
    // The class between the functions: the numbers must not follow that.
    fn visit<V: Visitor>(visitor: &mut V) {
        visitor.function::<F<0>>();
        visitor.object::<Thing>();
        visitor.function::<F<2>>();
    }
}

struct Second;

impl Second {
    const ALL: ModuleDesc = module("second", &[function("delta", FnKind::Function)], &[]);
}

impl Module for Second {
    const DESC: &'static ModuleDesc = &Self::ALL;
    const JSON: &'static [u8] = &ir::json::<{ ir::json_len(&Second::ALL) }>(&Second::ALL);
    fn visit<V: Visitor>(visitor: &mut V) {
        visitor.function::<F<3>>();
    }
}

struct Names;

impl Compile for Names {
    type Thunk = &'static FnDesc;
    fn compile<F: Function>() -> Self::Thunk {
        F::DESC
    }
}

fn registry() -> Registry<Names> {
    let mut registry = Registry::new();
    registry.add::<First>();
    registry.add::<Second>();
    registry
}

/// The order of `runtime.js`: a module's functions, then those of each of its objects, then the next module.
fn order_in_json(registry: &Registry<Names>) -> Vec<String> {
    let mut names = Vec::new();
    let mut take = |functions: &serde_json::Value| {
        for function in functions.as_array().unwrap() {
            names.push(function["name"]["js"].as_str().unwrap().to_owned());
        }
    };
    for json in registry.modules() {
        let module: serde_json::Value = serde_json::from_str(json).unwrap();
        take(&module["functions"]);
        for object in module["objects"].as_array().unwrap() {
            take(&object["functions"]);
        }
    }
    names
}

#[test]
fn functions_have_the_ids_that_javascript_counts() {
    let registry = registry();
    let names: Vec<_> =
        (0..).map_while(|id| registry.function(id)).map(|entry| entry.desc.name.js.to_owned()).collect();
    assert_eq!(names, order_in_json(&registry));
    assert_eq!(names, ["alpha", "gamma", "beta", "delta"]);
}

#[test]
fn functions_know_their_class_and_their_thunk() {
    let registry = registry();
    let classes: Vec<_> = (0..).map_while(|id| registry.function(id)).map(|entry| entry.class).collect();
    assert_eq!(classes, [None, None, Some("Thing"), None]);
    for id in 0..classes.len() {
        let entry = registry.function(id).unwrap();
        assert_eq!(entry.thunk.name, entry.desc.name);
    }
}

#[test]
fn classes_are_numbered_apart_from_functions() {
    assert_eq!(registry().ordinal(Thing::slot()), 0);
}

#[test]
fn an_error_within_names_its_place() {
    let failure: Failure<()> = ConvertError::expected("string", "number").into();
    let Failure::Convert(error) = failure.within(|error| error.in_field("id")) else {
        panic!("it was no longer a conversion error");
    };
    assert_eq!(error.to_string(), "id: expected string, got number");
    let thrown = Failure::Thrown(7);
    assert!(matches!(thrown.within(|_| unreachable!()), Failure::Thrown(7)));
}

#[test]
fn the_runtime_is_one_expression_with_the_hooks_in_order() {
    let runtime = ponton_js::RUNTIME;
    assert!(runtime.starts_with("(function ponton(native) {"));
    let connect = runtime.split("native.connect([").nth(1).and_then(|rest| rest.split("]);").next()).unwrap();
    let hooks = connect.lines().filter(|line| line.trim_end().ends_with(',')).count();
    assert_eq!(hooks, Hook::COUNT);
}
