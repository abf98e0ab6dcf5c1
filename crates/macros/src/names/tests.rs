use super::{Names, Place, camel, screaming, snake};

#[test]
fn words_are_cut_alike_for_every_language() {
    for (rust, python, js, code) in [
        ("get_row", "get_row", "getRow", "GET_ROW"),
        ("getRow", "get_row", "getRow", "GET_ROW"),
        ("NotFound", "not_found", "notFound", "NOT_FOUND"),
        ("HTTPServer", "http_server", "httpServer", "HTTP_SERVER"),
        ("HTTP2Server", "http2_server", "http2Server", "HTTP2_SERVER"),
        ("get_row_2", "get_row_2", "getRow2", "GET_ROW_2"),
        ("X25519", "x25519", "x25519", "X25519"),
        ("SHOUT_LOUD", "shout_loud", "shoutLoud", "SHOUT_LOUD"),
        ("a__b", "a_b", "aB", "A_B"),
        ("_private_part", "_private_part", "_privatePart", "_PRIVATE_PART"),
        ("from_", "from_", "from_", "FROM_"),
        ("größe_maß", "größe_maß", "größeMaß", "GRÖSSE_MASS"),
        ("__", "__", "__", "__"),
        ("x", "x", "x", "X"),
    ] {
        assert_eq!((snake(rust), camel(rust), screaming(rust)), (python.into(), js.into(), code.into()), "{rust}");
    }
}

#[test]
fn reserved_words_gain_an_underscore_where_they_are_reserved() {
    for (rust, place, python, js) in [
        ("from", Place::Binding, "from_", "from"),
        ("from", Place::Property, "from_", "from"),
        ("delete", Place::Binding, "delete", "delete_"),
        ("delete", Place::Property, "delete", "delete"),
        ("class", Place::Binding, "class_", "class_"),
        ("match", Place::Binding, "match", "match"),
        ("type", Place::Binding, "type", "type"),
        ("arguments", Place::Binding, "arguments", "arguments_"),
        ("name", Place::ErrorField, "name", "name_"),
        ("message", Place::ErrorField, "message", "message_"),
        ("args", Place::ErrorField, "args_", "args"),
        ("code", Place::ErrorField, "code_", "code_"),
        ("delete", Place::ErrorField, "delete", "delete"),
    ] {
        let names = Names::new(rust, place);
        assert_eq!((names.python.as_str(), names.js.as_str()), (python, js), "{rust} as {place:?}");
    }
}
