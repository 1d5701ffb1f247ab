//! The CEL vectors of SEMANTICS 3.2, and what the text around them says.

use crate::record::{Record, resource};
use Says::{Error, No, Uncompilable, Yes};
use shakedown_engine::model::SelectorSource;
use shakedown_engine::select::{Bindings, Place, Selector, Subject};

/// What a selector says of the resource.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Says {
    Yes,
    No,
    Error,
    Uncompilable,
}

fn ask(text: &str, place: Place, bindings: &Bindings<'_>) -> Says {
    match Selector::compile(&SelectorSource::Cel(text.to_owned()), place) {
        Err(_) => Uncompilable,
        Ok(selector) => match selector.matches(bindings) {
            Ok(true) => Yes,
            Ok(false) => No,
            Err(_) => Error,
        },
    }
}

/// Table of SEMANTICS 3.2.
const TABLE: &[(&str, Says)] = &[
    ("resource.name", Yes),
    ("resource.identifier", Error),
    ("'true'", Yes),
    ("true ", Yes),
    ("1", Error),
    ("null", Error),
    ("resource", Error),
    ("resource.nope == 'x'", No),
    ("resource.nope != 'x'", No),
    ("!(resource.nope == 'x')", No),
    ("has(resource.nope)", No),
    ("resource.metadata.a.b == 'x'", No),
    ("resource.createdAt > timestamp('2024-01-01T00:00:00Z')", Yes),
    ("resource.metadata['zz']=='x' && false", No),
    ("resource.metadata['zz']=='x' || true", Yes),
    ("resource.config.replicas == 3", Yes),
    ("resource.config.replicas > 2", Yes),
    ("resource.config.nil == null", Yes),
    ("resource.lockedAt == null", No),
    ("resource.config.list[5] == 'x'", Error),
    ("1/0 == 1", Error),
    ("resource.config.replicas.contains('a')", Error),
    ("resource.metadata == {'a':'b','n':'5'}", Yes),
    ("int(resource.metadata.n) > 4", Yes),
    ("resource.name == deployment.name", No),
    ("job.status == 'x'", Uncompilable),
    ("resource.name == 1", No),
    ("environment.name == 'x'", No),
];

/// SEMANTICS 3.1 and 3.2 in prose.
const PROSE: &[(&str, Says)] = &[
    // Strings that spell booleans, as a whole expression only.
    ("'1'", Yes),
    ("'t'", Yes),
    ("'T'", Yes),
    ("'TRUE'", Yes),
    ("'True'", Yes),
    ("'0'", No),
    ("'f'", No),
    ("'F'", No),
    ("'FALSE'", No),
    ("'false'", No),
    ("'False'", No),
    ("'tRUE'", Error),
    ("''", Error),
    ("'true' && true", Error),
    ("!'false'", Error),
    ("true ? 'true' : 'x'", Yes),
    ("1.0", Error),
    ("[true]", Error),
    // The left error wins, and only a missing key is false.
    ("1/0 == 1 && resource.nope", Error),
    ("resource.nope && 1/0 == 1", No),
    ("1/0 == 1 || resource.nope", Error),
    ("resource.nope || 1/0 == 1", No),
    ("resource.nope || (1/0 == 1 && resource.nope)", No),
    ("1/0 == 1 || true", Yes),
    ("true || 1/0 == 1", Yes),
    ("1/0 == 1 && false", No),
    ("!(1/0 == 1)", Error),
    ("resource.nope ? true : true", No),
    ("1 ? true : false", Error),
    // Numbers are doubles; literals are not.
    ("type(resource.config.replicas) == double", Yes),
    ("resource.config.replicas + 1.0 == 4.0", Yes),
    ("resource.config.replicas + 1 == 4", Error),
    ("resource.config.replicas == 3u", Yes),
    ("resource.config.replicas in [1, 2, 3]", Yes),
    ("1 == 1.0", Yes),
    ("9223372036854775807 + 1 > 0", Error),
    ("-9223372036854775808 < 0", Yes),
    // Presence.
    ("has(resource.metadata.a)", Yes),
    ("has(resource.metadata.zz)", No),
    ("has(resource.name.x)", No),
    ("has(resource.config.list.x)", Error),
    ("!has(resource.config.nope.x)", No),
    ("has(resource.config.nested.k)", Yes),
    ("has(resource.lockedAt)", No),
    ("has(resource.createdAt)", Yes),
    ("has(deployment.name)", No),
    ("'a' in resource.metadata", Yes),
    ("'zz' in resource.metadata", No),
    ("!('zz' in resource.metadata)", Yes),
    ("1 in resource.metadata", No),
    ("'x' in resource.config.list", Yes),
    ("'x' in resource.name", Error),
    ("resource.config['nested']['k'] == 'v'", Yes),
    ("resource['name'] == 'true'", Yes),
    ("resource.config.list['x'] == 'x'", Error),
    ("resource.config.list[0] == 'x'", Yes),
    ("resource.config.list[1.0] == 'y'", Yes),
    ("resource.config.list[-1] == 'x'", Error),
    ("resource.metadata[1] == 'x'", Error),
    ("{1: 'x'}[1.0] == 'x'", Yes),
    ("{1: 'x'}['y'] == 'x'", No),
    ("size(resource.metadata) == 2 && size(resource.config.list) == 2", Yes),
    // Types.
    ("type(resource.createdAt) == google.protobuf.Timestamp", Yes),
    ("resource.createdAt == timestamp('2025-01-02T04:04:05+01:00')", Yes),
    ("resource.createdAt.getFullYear() == 2025", Yes),
    ("resource.createdAt - timestamp('2025-01-02T03:04:04Z') == duration('1s')", Yes),
    ("string(resource.createdAt) == '2025-01-02T03:04:05Z'", Yes),
    ("resource.createdAt == '2025-01-02T03:04:05Z'", No),
    ("resource.kind < 'z'", Yes),
    ("resource.kind < 1", Error),
    ("version == {}", Yes),
    // What does not compile.
    ("", Uncompilable),
    ("  ", Uncompilable),
    ("resource.name ==", Uncompilable),
    ("resource.name = 'x'", Uncompilable),
    ("nope", Uncompilable),
    ("from.name == to.name", Uncompilable),
    ("nope(1)", Uncompilable),
    ("resource.name.toLowerCase()", Uncompilable),
    ("resource.name.nope()", Uncompilable),
    ("size()", Uncompilable),
    ("size(1, 2)", Uncompilable),
    ("resource.name.contains()", Uncompilable),
    ("contains('a', 'b')", Uncompilable),
    ("'1'.int() == 1", Uncompilable),
    ("math.abs() == 1", Uncompilable),
    ("math.nope(1) == 1", Uncompilable),
    ("resource.?name == 'x'", Uncompilable),
    ("resource[?'name'] == 'x'", Uncompilable),
    ("optional.of(1) == 1", Uncompilable),
    ("cel.bind(x, 1, x == 1)", Uncompilable),
    ("resource.metadata.exists(k, v, v == 'b')", Uncompilable),
    ("[1].exists(1, true)", Uncompilable),
    ("[1].exists(a.b, true)", Uncompilable),
    ("has(resource)", Uncompilable),
    ("has('x')", Uncompilable),
    ("resource.`name` == 'x'", Uncompilable),
    ("google.protobuf.Timestamp{seconds: 1} == null", Uncompilable),
    ("[1].first() == 1", Uncompilable),
    ("base64.encode(b'x') == ''", Uncompilable),
    // Macros.
    ("resource.metadata.exists(k, resource.metadata[k] == 'b')", Yes),
    ("resource.config.list.all(x, x < 'z')", Yes),
    ("resource.config.list.exists_one(x, x == 'x')", Yes),
    ("[1, 2, 3].map(x, x * 2) == [2, 4, 6]", Yes),
    ("[1, 2, 3].map(x, x > 1, x * 2) == [4, 6]", Yes),
    ("[1, 2, 3].filter(x, x > 1) == [2, 3]", Yes),
    ("[[1], [2]].exists(x, x.exists(y, y == 2))", Yes),
    ("[1].exists(resource, resource == 1)", Yes),
    ("[1].exists(x, true) && x", Uncompilable),
    ("[1, 2].exists(x, 1 / (x - 1) == 1)", Yes),
    ("[1, 3].exists(x, 1 / (x - 1) == 1)", Error),
    ("[1, 2].all(x, 1 / (x - 1) == 2)", No),
    ("[{}, {'a': 1}].exists(x, x.a == 1)", Yes),
    ("[{}, {'a': 1}].all(x, x.a == 1)", No),
    ("resource.name.all(x, true)", Error),
    ("[].all(x, 1 / 0 == 1) && ![].exists(x, 1 / 0 == 1)", Yes),
    // Names.
    (".resource.name == 'true'", Yes),
    ("type(1) == int && type(int) == type && type(null) == null_type", Yes),
];

#[test]
fn the_table_holds() {
    let resource = resource();
    let bindings = Bindings::only(Subject::Resource, &resource);
    for (text, says) in TABLE.iter().chain(PROSE) {
        assert_eq!(ask(text, Place::Entity(Subject::Resource), &bindings), *says, "{text}");
    }
}

#[test]
fn places_show_entities_in_their_shape() {
    let resource = resource();
    let selector = SelectorSource::Cel("resource.kind == 'x'".to_owned());
    let environment = Record::default()
        .text("id", "e")
        .text("name", "prod")
        .text("systemId", "s")
        .time("createdAt", "2025-01-02T03:04:05.5Z")
        .selector("resourceSelector", selector)
        .labels("metadata", &[]);
    let bindings =
        Bindings::only(Subject::Resource, &resource).with(Subject::Environment, &environment);
    let entity = Place::Entity(Subject::Environment);
    let table: &[(Place, &str, Says)] = &[
        (entity, "environment.createdAt == '2025-01-02T03:04:05.5Z'", Yes),
        (Place::Version, "environment.createdAt == '2025-01-02T03:04:05.5Z'", Yes),
        (Place::Policy, "type(resource.createdAt) == google.protobuf.Timestamp", Yes),
        (Place::Version, "resource.createdAt == '2025-01-02T03:04:05Z'", Yes),
        (entity, "has(environment.resourceSelector)", Yes),
        (entity, "'resourceSelector' in environment", Yes),
        (entity, "environment.resourceSelector == null", Error),
        (entity, "has(environment.resourceSelector.cel)", Error),
        (entity, "environment.exists(k, k == 'resourceSelector')", Yes),
        (Place::Version, "environment.resourceSelector.cel == \"resource.kind == 'x'\"", Yes),
        (Place::Version, "environment.resourceSelector == {'cel': \"resource.kind == 'x'\"}", Yes),
        (entity, "has(environment.description)", No),
        (Place::Matcher, "from.createdAt == '2025-01-02T03:04:05Z'", No),
        (Place::Matcher, "resource.name == 'x'", Uncompilable),
    ];
    for (place, text, says) in table {
        assert_eq!(ask(text, *place, &bindings), *says, "{place:?}: {text}");
    }
    let pair = Bindings::only(Subject::From, &resource).with(Subject::To, &environment);
    for (text, says) in [
        ("from.createdAt == '2025-01-02T03:04:05Z'", Yes),
        ("to.resourceSelector.cel.contains('kind')", Yes),
        ("from.metadata.zz == to.metadata.zz", No),
        ("from.name == to.name", No),
    ] {
        assert_eq!(ask(text, Place::Matcher, &pair), says, "{text}");
    }
}

#[test]
fn errors_point_at_the_fault() {
    for (text, line, column, part) in [
        ("job.status == 'x'", 1, 1, "undeclared variable `job`"),
        ("true &&\n  nope(1)", 2, 7, "unknown function `nope`"),
        ("'ä' == nope", 1, 8, "undeclared variable `nope`"),
        ("true &&", 1, 8, "syntax error"),
        ("resource.name.contains()", 1, 23, "does not take 0 arguments"),
        ("'a' == 'b", 1, 8, "does not end"),
        ("'ä' == )", 1, 8, "syntax error"),
    ] {
        let source = SelectorSource::Cel(text.to_owned());
        let error = Selector::compile(&source, Place::Policy).expect_err(text);
        assert_eq!((error.line, error.column), (Some(line), Some(column)), "{text}: {error}");
        assert!(error.message.contains(part), "{text}: {error}");
        assert_eq!(error.text, text);
    }
}

#[test]
fn errors_show_the_text_and_the_column() {
    let long = format!("{}nope == 1{}", "true || ".repeat(20), " || true".repeat(20));
    let excerpt = format!("`..{}nope == 1{} || tru..`", "true || ".repeat(5), " || true".repeat(3));
    let in_long = format!("undeclared variable `nope`, at column 161 of {excerpt}");
    let second = "undeclared variable `nope`, at line 2, column 3 of the selector, `  nope`";
    for (text, shown) in [
        ("true &&", "syntax error: the text ends too early, at column 8 of `true &&`"),
        ("a b", "syntax error: unexpected `b`, at column 3 of `a b`"),
        ("true ||\n  nope", second),
        ("", "the selector is empty, in ``"),
        (&long, &in_long),
    ] {
        let source = SelectorSource::Cel(text.to_owned());
        let error = Selector::compile(&source, Place::Policy).expect_err(text);
        assert_eq!(error.to_string(), shown);
    }
}
