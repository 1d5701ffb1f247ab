//! Deep, long and costly selectors end in an error or an answer, on half the stack of a thread.

use serde_json::{Value as Json, json};
use shakedown_engine::model::SelectorSource;
use shakedown_engine::select::{Bindings, EvalError, Place, Selector, SelectorError, Subject};

use crate::record::resource;

const PLACE: Place = Place::Entity(Subject::Resource);

/// Runs `test` on a stack of 1 MiB; a thread of the standard library has 2.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(test);
    thread.expect("a thread").join().expect("no panic");
}

fn compile(text: &str) -> Result<Selector, SelectorError> {
    Selector::compile(&SelectorSource::Cel(text.to_owned()), PLACE)
}

/// Ways to nest, each from a depth.
fn nestings(depth: usize) -> Vec<String> {
    let around = |open: &str, core: &str, close: &str| {
        format!("{}{core}{}", open.repeat(depth), close.repeat(depth))
    };
    vec![
        around("(", "true", ")"),
        around("[", "1", "]"),
        around("{1: ", "1", "}"),
        around("!(", "true", ")"),
        around("-(", "1", ")"),
        around("size([", "1", "])"),
        around("(true && ", "true", ")"),
        around("(resource.kind == 'k' || ", "true", ")"),
        around("[1].exists(x, ", "true", ")"),
        around("true ? (", "true", ") : false"),
        around("true ? true : ", "true", ""),
        around("", "true", " == true"),
        around("", "1", " + 1"),
        around("", "'a'", " + 'a'"),
        around("", "resource", ".a"),
        around("", "resource", "['a']"),
        around("", "resource", "[0]"),
        around("", "'a'", ".trim()"),
        around("", "'a'", ".replace('a', resource.kind)"),
        around("!", "true", ""),
        around("-", "1", ""),
        around("(", "", ""),
        around("", "", ")"),
        around("'+(", "1", ""),
        around("a ? ", "", ""),
        around("[", "", ""),
        around("f(", "", ""),
        around("(!", "true", ""),
    ]
}

#[test]
fn nesting_is_answered_or_refused() {
    on_a_small_stack(|| {
        let resource = resource();
        let bindings = Bindings::only(Subject::Resource, &resource);
        for depth in [1, 5, 20, 40, 75, 100, 150, 200, 1000, 20_000, 100_000] {
            for (way, text) in nestings(depth).into_iter().enumerate() {
                let compiled = compile(&text);
                if depth >= 1000 {
                    assert!(compiled.is_err(), "way {way} of nesting, {depth} deep");
                }
                if let Ok(selector) = compiled {
                    let answer = selector.matches(&bindings);
                    assert_eq!(answer, selector.clone().matches(&bindings), "way {way}, {depth}");
                }
            }
        }
    });
}

#[test]
fn what_people_write_is_not_refused() {
    on_a_small_stack(|| {
        for depth in [1, 10, 30] {
            for text in nestings(depth).into_iter().take(19) {
                assert!(compile(&text).is_ok(), "{text}: {:?}", compile(&text).err());
            }
        }
        let many = ["resource.id == 'some-id'"; 2000].join(" || ");
        assert!(compile(&many).is_ok());
        let long = format!("resource.id in [{}]", ["'some-id'"; 10_000].join(", "));
        assert!(compile(&long).is_ok());
    });
}

#[test]
fn texts_beyond_256_kib_are_refused() {
    let text = format!("'{}' == ''", "a".repeat(256 * 1024));
    assert!(compile(&text).expect_err("long").message.contains("256 KiB"));
}

#[test]
fn json_conditions_nest_up_to_a_hundred() {
    on_a_small_stack(|| {
        let resource = resource();
        let bindings = Bindings::only(Subject::Resource, &resource);
        for (depth, compiles) in [(1, true), (99, true), (102, false)] {
            let mut condition = json!({"type": "kind", "operator": "equals", "value": "k"});
            for _ in 0..depth {
                let mut outer = json!({"operator": "and"});
                outer["conditions"] = Json::Array(vec![condition]);
                condition = outer;
            }
            let selector = Selector::compile(&SelectorSource::Json(condition), PLACE);
            assert_eq!(selector.is_ok(), compiles, "{depth}");
            if let Ok(selector) = selector {
                assert_eq!(selector.matches(&bindings), Ok(true), "{depth}");
            }
        }
        let wide = vec![json!({"type": "kind", "operator": "equals", "value": "k"}); 20_000];
        let wide = SelectorSource::Json(json!({"operator": "and", "conditions": wide}));
        let wide = Selector::compile(&wide, PLACE).expect("a condition");
        assert_eq!(wide.matches(&bindings), Ok(true));
    });
}

#[test]
fn what_would_fill_the_memory_is_an_error() {
    let replaced = format!("'a'{} == ''", ".replace('a', 'aaaaaaaaaa')".repeat(30));
    let nested = "lists.range(1000000).map(a, lists.range(1000000)) == []".to_owned();
    let doubled =
        format!("{}['aaaaaaaa']{} == []", "", ".map(x, x + x + x + x + x + x + x + x)".repeat(10));
    for text in [replaced, nested, doubled] {
        let selector = compile(&text).expect(&text);
        assert_eq!(selector.matches(&Bindings::default()), Err(EvalError::TooCostly), "{text}");
    }
}
