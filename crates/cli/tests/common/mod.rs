//! A bridge module with one of everything, described by the core's own types.
#![allow(dead_code, reason = "each test binary uses a part")]

use ponton_core::desc::{
    CallbackDesc, EnumDesc, FieldDesc, FnDesc, FnKind, Mode, ModuleDesc, Name, ObjectDesc, ParamDesc, RecordDesc,
    TypeDesc, VariantDesc,
};

pub(crate) const fn name(name: &'static str) -> Name {
    Name { rust: name, python: name, js: name }
}

pub(crate) const fn param(param: &'static str, ty: TypeDesc) -> ParamDesc {
    ParamDesc { name: name(param), ty, optional: matches!(ty, TypeDesc::Option(_)), default: "", number: false }
}

pub(crate) const fn defaulted(param: &'static str, ty: TypeDesc, default: &'static str) -> ParamDesc {
    ParamDesc { name: name(param), ty, optional: true, default, number: false }
}

pub(crate) const fn field(field: &'static str, ty: TypeDesc) -> FieldDesc {
    FieldDesc { name: name(field), doc: "", ty, number: false }
}

pub(crate) const fn function(
    fn_name: &'static str,
    mode: Mode,
    params: &'static [ParamDesc],
    returns: TypeDesc,
) -> FnDesc {
    FnDesc {
        name: name(fn_name),
        path: fn_name,
        doc: "",
        kind: FnKind::Function,
        mode,
        params,
        returns,
        throws: None,
        number: false,
    }
}

pub(crate) const fn record(name: &'static str, fields: &'static [FieldDesc]) -> RecordDesc {
    RecordDesc { name, module: "zoo", doc: "", fields }
}

pub(crate) const fn module(name: &'static str, functions: &'static [FnDesc]) -> ModuleDesc {
    ModuleDesc { name, doc: "", functions, objects: &[], records: &[], enums: &[], errors: &[], callbacks: &[] }
}

const ROW: TypeDesc = TypeDesc::Record { name: "Row", module: "zoo" };
const SHAPE: TypeDesc = TypeDesc::Union { name: "Shape", module: "zoo" };
const LEVEL: TypeDesc = TypeDesc::Enum { name: "Level", module: "zoo" };
const ERROR: TypeDesc = TypeDesc::Error { name: "ZooError", module: "zoo" };
const CLIENT: TypeDesc = TypeDesc::Object { name: "Client", module: "zoo" };
const STORE: TypeDesc = TypeDesc::Callback { name: "Store", module: "zoo" };

const SCALARS: &[ParamDesc] = &[
    param("unit", TypeDesc::Unit),
    param("truth", TypeDesc::Bool),
    param("i8", TypeDesc::I8),
    param("i16", TypeDesc::I16),
    param("i32", TypeDesc::I32),
    param("i64", TypeDesc::I64),
    param("i128", TypeDesc::I128),
    param("isize", TypeDesc::Isize),
    param("u8", TypeDesc::U8),
    param("u16", TypeDesc::U16),
    param("u32", TypeDesc::U32),
    param("u64", TypeDesc::U64),
    param("u128", TypeDesc::U128),
    param("usize", TypeDesc::Usize),
    param("f32", TypeDesc::F32),
    param("f64", TypeDesc::F64),
    param("text", TypeDesc::String),
    param("data", TypeDesc::Bytes),
    param("span", TypeDesc::Duration),
    param("moment", TypeDesc::SystemTime),
];

const OUT: TypeDesc = TypeDesc::Tuple(&[
    TypeDesc::Bytes,
    TypeDesc::Duration,
    TypeDesc::SystemTime,
    TypeDesc::List(&TypeDesc::Option(&TypeDesc::I64)),
    TypeDesc::Map(&TypeDesc::List(&TypeDesc::U64)),
    TypeDesc::Option(&SHAPE),
]);

const IN: &[ParamDesc] = &[
    param("rows", TypeDesc::List(&ROW)),
    param("by_name", TypeDesc::Map(&LEVEL)),
    param("pair", TypeDesc::Tuple(&[SHAPE, CLIENT])),
    param("maybe", TypeDesc::Option(&TypeDesc::U64)),
];

const FUNCTIONS: &[FnDesc] = &[
    FnDesc { doc: "Every scalar.", ..function("scalars", Mode::Sync, SCALARS, TypeDesc::Unit) },
    FnDesc { throws: Some(ERROR), ..function("nested", Mode::Spawn, IN, OUT) },
    FnDesc {
        doc: "Waits, see [`nested`] and [`x`](https://example.com).\n\n# Errors\nSays \"no\"",
        ..function(
            "list",
            Mode::Async,
            &[
                defaulted("span", TypeDesc::Duration, "Duration::from_millis(1)"),
                defaulted("limit", TypeDesc::U32, "1_0u32"),
                param("note", TypeDesc::Option(&TypeDesc::String)),
            ],
            TypeDesc::List(&TypeDesc::String),
        )
    },
    FnDesc {
        name: Name { rust: "in_between", python: "in_between", js: "inBetween" },
        number: true,
        ..function(
            "",
            Mode::Blocking,
            &[
                param("maybe", TypeDesc::Option(&TypeDesc::Bool)),
                ParamDesc { number: true, ..param("must", TypeDesc::U64) },
            ],
            TypeDesc::U64,
        )
    },
    FnDesc {
        doc: "Calls and awaits host code.",
        throws: Some(ERROR),
        ..function("sync", Mode::Async, HOST_CODE, TypeDesc::U64)
    },
    function("select", Mode::Local, &[param("keep", TypeDesc::Function(&KEEP))], TypeDesc::List(&ROW)),
];

/// What goes out to a function of the host's is printed as results are, and what it returns as parameters are.
const HOST_CODE: &[ParamDesc] = &[
    param("store", STORE),
    param("map", TypeDesc::Function(&MAP)),
    param("first", TypeDesc::Future(&TypeDesc::Option(&ROW))),
    param("pause", TypeDesc::Function(&PAUSE)),
    param("done", TypeDesc::Option(&TypeDesc::Future(&TypeDesc::Unit))),
    param("progress", TypeDesc::Option(&TypeDesc::Function(&PROGRESS))),
];
const MAP: FnDesc = function("map", Mode::Async, &[param("arg0", ROW), param("arg1", SHAPE)], TypeDesc::List(&ROW));
const PAUSE: FnDesc = function("pause", Mode::Async, &[param("arg0", TypeDesc::Duration)], TypeDesc::Unit);
const PROGRESS: FnDesc = function(
    "progress",
    Mode::Sync,
    &[param("arg0", TypeDesc::U64), ParamDesc { number: true, ..param("arg1", TypeDesc::U64) }],
    TypeDesc::Unit,
);
const KEEP: FnDesc = function("keep", Mode::Sync, &[param("arg0", ROW)], TypeDesc::Option(&TypeDesc::Bool));

const STORE_METHODS: &[FnDesc] = &[
    FnDesc {
        doc: "The row, if there is one.",
        throws: Some(ERROR),
        ..wanted("get", Mode::Async, &[param("id", TypeDesc::U64)], TypeDesc::Option(&ROW))
    },
    wanted(
        "put",
        Mode::Async,
        &[param("row", ROW), param("data", TypeDesc::Bytes), param("keep_for", TypeDesc::Option(&TypeDesc::Duration))],
        TypeDesc::Unit,
    ),
    FnDesc { doc: "How long a row is kept.", ..wanted("lifetime", Mode::Async, &[], TypeDesc::Duration) },
    FnDesc {
        name: Name { rust: "size_of", python: "size_of", js: "sizeOf" },
        number: true,
        ..wanted("", Mode::Async, &[ParamDesc { number: true, ..param("options", TypeDesc::U64) }], TypeDesc::U64)
    },
    wanted("best", Mode::Async, &[param("shapes", TypeDesc::List(&SHAPE))], SHAPE),
    FnDesc {
        doc: "Takes note of a line.",
        ..wanted("note", Mode::Sync, &[param("line", TypeDesc::String)], TypeDesc::Unit)
    },
];

const fn wanted(name: &'static str, mode: Mode, params: &'static [ParamDesc], returns: TypeDesc) -> FnDesc {
    FnDesc { kind: FnKind::Method, ..function(name, mode, params, returns) }
}

const METHODS: &[FnDesc] = &[
    FnDesc {
        kind: FnKind::Constructor,
        throws: Some(ERROR),
        ..function("new", Mode::Sync, &[defaulted("label", TypeDesc::String, "\"x\".to_owned()")], CLIENT)
    },
    FnDesc { kind: FnKind::Static, doc: "Connects.", ..function("connect", Mode::Async, &[], CLIENT) },
    FnDesc { kind: FnKind::Getter, doc: "Its label.", ..function("label", Mode::Sync, &[], TypeDesc::String) },
    FnDesc { kind: FnKind::Method, ..function("act", Mode::Local, &[param("shape", SHAPE)], SHAPE) },
    FnDesc { kind: FnKind::Method, ..function("close", Mode::Async, &[], TypeDesc::Unit) },
];

const VARIANTS: &[VariantDesc] = &[
    VariantDesc {
        data: RecordDesc { doc: "Round.", ..record("Circle", &[field("radius", TypeDesc::F64)]) },
        code: "CIRCLE",
        tag: "circle",
    },
    VariantDesc { data: record("Sized", &[field("value", TypeDesc::U128)]), code: "SIZED", tag: "sized" },
    VariantDesc { data: record("Empty", &[]), code: "EMPTY", tag: "empty" },
];

/// One of everything.
pub(crate) const ZOO: ModuleDesc = ModuleDesc {
    name: "zoo",
    doc: "One of everything.\n\nIn two paragraphs.",
    functions: FUNCTIONS,
    objects: &[ObjectDesc { name: "Client", module: "zoo", doc: "A connection.", functions: METHODS }],
    records: &[
        RecordDesc {
            doc: "One stored row.",
            ..record(
                "Row",
                &[
                    FieldDesc { doc: "Its key.", ..field("id", TypeDesc::U64) },
                    FieldDesc {
                        name: Name { rust: "from", python: "from_", js: "from" },
                        ..field("", TypeDesc::Option(&TypeDesc::String))
                    },
                    FieldDesc { number: true, ..field("size", TypeDesc::I64) },
                    field("children", TypeDesc::List(&ROW)),
                ],
            )
        },
        record("Plain", &[field("x", TypeDesc::F64)]),
        record("Nothing", &[]),
    ],
    enums: &[
        EnumDesc {
            name: "Level",
            module: "zoo",
            doc: "How much.",
            has_data: false,
            variants: &[
                VariantDesc { data: RecordDesc { doc: "Little.", ..record("Low", &[]) }, code: "LOW", tag: "low" },
                VariantDesc { data: record("VeryHigh", &[]), code: "VERY_HIGH", tag: "veryHigh" },
            ],
        },
        EnumDesc { name: "Shape", module: "zoo", doc: "A shape.", has_data: true, variants: VARIANTS },
    ],
    errors: &[EnumDesc {
        name: "ZooError",
        module: "zoo",
        doc: "Why a call failed.",
        has_data: true,
        variants: &[
            VariantDesc {
                data: RecordDesc {
                    doc: "Not there.",
                    ..record("NotFound", &[field("id", TypeDesc::U64), field("name", TypeDesc::String)])
                },
                code: "NOT_FOUND",
                tag: "notFound",
            },
            VariantDesc { data: record("Closed", &[]), code: "CLOSED", tag: "closed" },
        ],
    }],
    callbacks: &[CallbackDesc { name: "Store", module: "zoo", doc: "Where rows are kept.", functions: STORE_METHODS }],
};
