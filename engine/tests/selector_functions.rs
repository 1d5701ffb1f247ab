//! The functions of SEMANTICS 3.1: standard CEL and the strings, math, lists and sets libraries.

use shakedown_engine::model::SelectorSource;
use shakedown_engine::select::{Bindings, Place, Selector};

fn evaluate(text: &str) -> Result<bool, String> {
    let selector = Selector::compile(&SelectorSource::Cel(text.to_owned()), Place::Policy);
    selector.expect(text).matches(&Bindings::default()).map_err(|error| error.to_string())
}

/// Expressions that are true.
const TRUE: &[&str] = &[
    // Sizes count code points, bytes, elements and keys.
    "size('äß') == 2 && 'äß'.size() == 2 && size(b'äß') == 4",
    "size([1, 2]) == 2 && {'a': 1}.size() == 1 && size('') == 0",
    // Text.
    "'abc'.contains('b') && !'abc'.contains('x') && 'abc'.contains('')",
    "'abc'.startsWith('ab') && 'abc'.endsWith('bc') && !'abc'.startsWith('b')",
    "'äbc'.charAt(1) == 'b' && 'abc'.charAt(3) == ''",
    "'äbäb'.indexOf('b') == 1 && 'äbäb'.indexOf('b', 2) == 3 && 'abc'.indexOf('x') == -1",
    "'abc'.indexOf('') == 0 && 'abc'.indexOf('a', 7) == -1 && 'abc'.indexOf('', 2) == 2",
    "'äbäb'.lastIndexOf('b') == 3 && 'äbäb'.lastIndexOf('b', 2) == 1",
    "'abc'.lastIndexOf('') == 3 && 'abc'.lastIndexOf('c', 9) == -1",
    "'aéé'.lastIndexOf('éé', 1) == 1 && 'aéé'.lastIndexOf('éé', 2) == 1",
    "'abab'.lastIndexOf('ab', 1) == 0 && 'abab'.lastIndexOf('ab', 0) == 0",
    "['a', 'b'].join() == 'ab' && ['a', 'b'].join('-') == 'a-b' && [].join('-') == ''",
    "'a-b-c'.split('-') == ['a', 'b', 'c'] && 'a-b-c'.split('-', 2) == ['a', 'b-c']",
    "'äb'.split('') == ['ä', 'b'] && 'abc'.split('', 2) == ['a', 'bc'] && ''.split('') == []",
    "'a-b'.split('-', 0) == [] && 'a-b'.split('-', -1) == ['a', 'b'] && ''.split('-') == ['']",
    "'äbc'.substring(1) == 'bc' && 'äbc'.substring(0, 1) == 'ä' && 'abc'.substring(3) == ''",
    "'us-east-1'.replace('-', '_') == 'us_east_1' && 'aaa'.replace('a', 'b', 2) == 'bba'",
    "'aaa'.replace('a', 'b', 0) == 'aaa' && 'ab'.replace('', '-') == '-a-b-'",
    "' \\t\\u00a0a b\\n'.trim() == 'a b'",
    "'ABÄ'.lowerAscii() == 'abÄ' && 'abä'.upperAscii() == 'ABä' && 'aé'.reverse() == 'éa'",
    "strings.quote('a\"\\n\\\\') == '\"a\\\\\"\\\\n\\\\\\\\\"'",
    "'abc'.matches('b') && matches('abc', '^a')",
    // Formatting.
    "'%s %d%%'.format(['a', 3]) == 'a 3%' && 'x'.format([]) == 'x'",
    "'%s'.format([[1, 'a', null, 1.5, true]]) == '[1, a, null, 1.5, true]'",
    "'%s'.format([{'b': 1, 'a': [2u]}]) == '{a: [2], b: 1}'",
    "'%.2f %f %.1e'.format([1.005, 2, 1234.5]) == '1.00 2.000000 1.2e+03'",
    "'%b %o %x %X'.format([5, 8, 255, -255]) == '101 10 ff -FF'",
    "'%x'.format(['Hi']) == '4869' && '%b'.format([true]) == '1'",
    "'%s'.format([duration('90s')]) == '90s'",
    "'%s'.format([timestamp('2025-01-02T03:04:05.5Z')]) == '2025-01-02T03:04:05.5Z'",
    "'%d'.format([1.5]) == '1.5' && '%f'.format([double('inf')]) == 'Infinity'",
    // Conversions.
    "int('42') == 42 && int(-3.9) == -3 && int(7u) == 7 && int('-5') == -5",
    "int(timestamp('1970-01-01T00:01:00Z')) == 60 && int(duration('1s')) == 1000000000",
    "uint(3) == 3u && uint('4') == 4u && uint(2.9) == 2u && double('1.5') == 1.5",
    "double(3) == 3.0 && double(3u) == 3.0",
    "string(3) == '3' && string(3u) == '3' && string(true) == 'true' && string(b'a') == 'a'",
    "string(1.5) == '1.5' && string(3.0) == '3' && string(1e21) == '1e+21'",
    "string(1000000.0) == '1e+06' && string(100000.0) == '100000'",
    "string(0.0001) == '0.0001' && string(0.00001) == '1e-05'",
    "string(123456789.0) == '1.23456789e+08'",
    "string(duration('1h1.5s')) == '3601.5s'",
    "bytes('a') == b'a' && b'a' + b'b' == b'ab' && b'a' < b'b'",
    "bool('true') && bool('t') && bool('1') && !bool('False') && !bool('0')",
    "dyn(1) == 1 && type(1) == int && type(1u) == uint && type('') == string",
    "type([]) == list && type({}) == map && type(b'') == bytes && type(true) == bool",
    // Times.
    "timestamp('2025-01-02T03:04:05Z') == timestamp(1735787045)",
    "timestamp('2025-01-02T03:04:05Z') + duration('1h') == timestamp('2025-01-02T04:04:05Z')",
    "duration('1h') + timestamp('2025-01-02T03:04:05Z') > timestamp('2025-01-02T03:04:05Z')",
    "timestamp('2025-01-02T03:04:05Z') - duration('5s') == timestamp('2025-01-02T03:04:00Z')",
    "duration('1h30m') - duration('30m') == duration('60m') && duration('-1s') < duration('0')",
    "timestamp('2025-03-02T13:04:05.678Z').getFullYear() == 2025",
    "timestamp('2025-03-02T13:04:05.678Z').getMonth() == 2",
    "timestamp('2025-03-02T13:04:05.678Z').getDate() == 2",
    "timestamp('2025-03-02T13:04:05.678Z').getDayOfMonth() == 1",
    "timestamp('2025-03-02T13:04:05.678Z').getDayOfWeek() == 0",
    "timestamp('2025-03-02T13:04:05.678Z').getDayOfYear() == 60",
    "timestamp('2025-03-02T13:04:05.678Z').getHours() == 13",
    "timestamp('2025-03-02T13:04:05.678Z').getHours('-05:30') == 7",
    "timestamp('2025-03-02T13:04:05.678Z').getHours('UTC') == 13",
    "timestamp('2025-03-02T13:04:05.678Z').getDate('+11:00') == 3",
    "timestamp('2025-03-02T13:04:05.678Z').getMinutes() == 4",
    "timestamp('2025-03-02T13:04:05.678Z').getSeconds() == 5",
    "timestamp('2025-03-02T13:04:05.678Z').getMilliseconds() == 678",
    "duration('90m').getHours() == 1 && duration('90m').getMinutes() == 90",
    "duration('1.5s').getSeconds() == 1 && duration('1.5s').getMilliseconds() == 1500",
    // Math.
    "math.greatest(1, 2.5, 2u) == 2.5 && math.least([3, 1, 2]) == 1 && math.greatest(5) == 5",
    "math.ceil(1.2) == 2.0 && math.floor(-1.2) == -2.0 && math.trunc(-1.9) == -1.0",
    "math.round(1.5) == 2.0 && math.round(-1.5) == -2.0 && math.round(1.4) == 1.0",
    "math.abs(-3) == 3 && math.abs(-1.5) == 1.5 && math.abs(3u) == 3u",
    "math.sign(-3) == -1 && math.sign(0.0) == 0.0 && math.sign(7u) == 1u && math.sign(2.5) == 1.0",
    "math.isNaN(0.0 / 0.0) && math.isInf(1.0 / 0.0) && math.isFinite(1.0)",
    "math.isNaN(math.sign(0.0 / 0.0))",
    "math.sqrt(81) == 9.0 && math.sqrt(2.25) == 1.5 && math.isNaN(math.sqrt(-1))",
    "math.bitAnd(6, 3) == 2 && math.bitOr(6u, 3u) == 7u && math.bitXor(6, 3) == 5",
    "math.bitNot(0) == -1 && math.bitNot(0u) == 18446744073709551615u",
    "math.bitShiftLeft(1, 4) == 16 && math.bitShiftLeft(1, 64) == 0",
    "math.bitShiftRight(-1, 60) == 15 && math.bitShiftRight(16u, 2) == 4u",
    // Lists.
    "[1, 2, 3, 4].slice(1, 3) == [2, 3] && [1].slice(1, 1) == []",
    "[[1], [2, [3]]].flatten() == [1, 2, [3]] && [[1, [2, [3]]]].flatten(2) == [1, 2, [3]]",
    "[1, 1.0, 2, 1u, 'a', 'a'].distinct() == [1, 2, 'a']",
    "[3, 1, 2].sort() == [1, 2, 3] && ['b', 'a'].sort() == ['a', 'b'] && [].sort() == []",
    "['ccc', 'a', 'bb'].sortBy(x, size(x)) == ['a', 'bb', 'ccc']",
    "[{'n': 2}, {'n': 1}].sortBy(x, x.n)[0].n == 1",
    "[1, 2].reverse() == [2, 1] && lists.range(3) == [0, 1, 2] && lists.range(0) == []",
    "[1] + [2] == [1, 2] && 'a' + 'b' == 'ab'",
    // Sets.
    "sets.contains([1, 2, 3], [2.0, 1u]) && !sets.contains([1], [2]) && sets.contains([], [])",
    "sets.equivalent([1, 2, 2], [2u, 1.0]) && !sets.equivalent([1], [1, 2])",
    "sets.intersects([1, 2], [2, 3]) && !sets.intersects([1], []) && !sets.intersects([], [])",
    // Operators.
    "1 + 2 * 3 == 7 && 7 / 2 == 3 && -7 / 2 == -3 && -7 % 2 == -1 && 7u % 4u == 3u",
    "1 < 2.5 && 2u > 1 && 1.0 <= 1 && -1 < 1u && 'a' < 'b' && false < true",
    "1 == 1.0 && 1u == 1 && 1 != 'a' && null == null && [1] == [1.0] && {1: 2} == {1u: 2.0}",
    "2 in [1, 2.0] && 'a' in {'a': 1} && 1.0 in {1: 2} && !('b' in {'a': 1})",
    "!(0.0 / 0.0 == 0.0 / 0.0) && 0.0 / 0.0 != 0.0 / 0.0",
    "(true ? 1 : 1 / 0) == 1 && -(-5) == 5 && - -5 == 5 && 0x1F == 31",
    "{'a': {'b': [1, 2]}}.a.b[1] == 2 && [[1, 2]][0][1] == 2",
    "r'\\d' == '\\\\d' && '''a'b''' == \"a'b\" && '\\x41\\u00e9' == 'Aé'",
];

/// Expressions that fail, and a part of the reason.
const FAILING: &[(&str, &str)] = &[
    ("9223372036854775807 + 1 == 0", "out of range"),
    ("-9223372036854775807 - 2 == 0", "out of range"),
    ("9223372036854775807 * 2 == 0", "out of range"),
    ("-(-9223372036854775808) == 0", "out of range"),
    ("-9223372036854775808 / -1 == 0", "out of range"),
    ("1u - 2u == 0u", "out of range"),
    ("1 / 0 == 0", "division by zero"),
    ("1u % 0u == 0u", "division by zero"),
    ("1 + 1.0 == 2.0", "no such overload: _+_(int, double)"),
    ("1.0 % 1.0 == 0.0", "no such overload"),
    ("'a' + 1 == 'a1'", "no such overload"),
    ("-'a' == 'a'", "no such overload"),
    ("-(1u) == 1u", "no such overload"),
    ("!1", "no such overload"),
    ("1 < 'a'", "no such overload"),
    ("[1] < [2]", "no such overload"),
    ("null < null", "no such overload"),
    ("0.0 / 0.0 < 1.0", "NaN"),
    ("1 in 1", "no such overload"),
    ("{'a': 1, 'a': 2} == {}", "repeats a key"),
    ("{1.5: 1} == {}", "takes no double as key"),
    ("size(1) == 1", "no such overload: size(int)"),
    ("int('x') == 1", "cannot convert `x`"),
    ("int('1.5') == 1", "cannot convert"),
    ("int(1e30) == 1", "out of range"),
    ("int(true) == 1", "no such overload"),
    ("uint(-1) == 1u", "out of range"),
    ("uint('+1') == 1u", "cannot convert"),
    ("double('1e999') == 1.0", "cannot convert"),
    ("bool('yes')", "cannot convert"),
    ("string(b'\\xff') == ''", "cannot convert"),
    ("string([1]) == ''", "no such overload"),
    ("timestamp('2025-01-02') == timestamp(0)", "cannot convert"),
    ("timestamp('2025-01-02t03:04:05z') == timestamp(0)", "cannot convert"),
    ("timestamp(253402300800) == timestamp(0)", "out of range"),
    ("timestamp('9999-12-31T23:59:59Z') + duration('1s') == timestamp(0)", "out of range"),
    ("duration('1d') == duration('0')", "cannot convert"),
    ("timestamp(0).getHours('Nowhere' + '/Nope') == 0", "unknown time zone"),
    ("'abc'.charAt(4) == ''", "out of range"),
    ("'abc'.substring(2, 1) == ''", "reversed"),
    ("'abc'.substring(4) == ''", "out of range"),
    ("'abc'.indexOf('b', -1) == 0", "out of range"),
    ("[1].join() == ''", "no such overload"),
    ("'%d'.format(['a']) == ''", "does not take string"),
    ("'%s'.format([]) == ''", "no element 0"),
    ("'%z'.format([1]) == ''", "does not take int"),
    ("'%.101f'.format([1.0]) == ''", "up to 100"),
    ("'%'.format([1]) == ''", "ends in a clause"),
    ("math.greatest([]) == 1", "empty"),
    ("math.greatest(1, 'a') == 1", "no such overload"),
    ("math.ceil(1) == 1.0", "no such overload"),
    ("math.abs(-9223372036854775808) == 1", "out of range"),
    ("math.bitShiftLeft(1, -1) == 1", "negative offset"),
    ("[1, 2].slice(1, 3) == []", "no 1..3 in a list of 2"),
    ("[1].flatten(-1) == []", "negative level"),
    ("[1, 'a'].sort() == []", "different types"),
    ("[null, null].sort() == []", "no such overload"),
    ("[0.0 / 0.0].sort() == []", "NaN"),
    ("lists.range(-1) == []", "not in"),
    ("lists.range(1000001) == []", "not in"),
    ("sets.contains(1, [1])", "no such overload"),
    ("[1, 2].exists(x, x)", "no such overload: exists(int)"),
    ("[1][1] == 1", "index out of bounds: 1"),
    ("[1]['a'] == 1", "a list takes no string as key"),
];

/// Parts of timestamps on the clocks of named zones, as Python's `zoneinfo` has them (X3).
const ZONED: &[&str] = &[
    "timestamp('2026-01-06T01:00:00Z').getDayOfWeek('America/New_York') == 1",
    "timestamp('2026-01-01T04:59:59Z').getFullYear('America/New_York') == 2025",
    "timestamp('2026-03-08T06:59:59Z').getHours('America/New_York') == 1",
    "timestamp('2026-03-08T07:00:00Z').getHours('America/New_York') == 3",
    "timestamp('2020-10-25T00:30:00Z').getHours('Europe/Amsterdam') == 2",
    "timestamp('2020-10-25T01:30:00Z').getHours('Europe/Amsterdam') == 2",
    "timestamp('2026-07-01T00:00:00Z').getMinutes('Asia/Kolkata') == 30",
    "timestamp('2026-04-04T15:30:00Z').getMinutes('Australia/Lord_Howe') == 0",
    "timestamp('2011-12-30T12:00:00Z').getDate('Pacific/Apia') == 31",
    "timestamp('1850-01-01T00:00:00Z').getMinutes('Europe/Paris') == 9",
    "timestamp('9999-12-31T23:59:59Z').getDayOfYear('Asia/Tokyo') == 0",
    "timestamp('0001-01-01T00:00:00Z').getFullYear('America/New_York') == 0",
    "timestamp('2026-01-06T01:00:00Z').getDayOfWeek('america/new_york') == 1",
    "timestamp('2026-01-06T01:00:00Z').getDayOfWeek('EST') == 1",
    "timestamp('2026-01-06T01:00:00Z').getDayOfMonth('-05:30') == 4",
];

#[test]
fn zones_are_named_as_iana_names_them() {
    for text in ZONED {
        assert_eq!(evaluate(text), Ok(true), "{text}");
    }
}

/// What nobody can evaluate, whatever it is asked about, is refused with the selector.
#[test]
fn a_constant_zone_must_exist() {
    for (zone, function) in [
        ("America/NewYork", "getFullYear"),
        ("Nowhere/Nope", "getHours"),
        ("Etc/Unknown", "getDayOfWeek"),
        ("+25:00", "getMinutes"),
        ("-9223372036854775808:00", "getSeconds"),
    ] {
        let text = format!("resource.createdAt.{function}('{zone}') == 1");
        let compiled = Selector::compile(&SelectorSource::Cel(text.clone()), Place::Policy);
        let error = compiled.expect_err(&text).to_string();
        assert!(error.contains(&format!("unknown time zone `{zone}`")), "{error}");
    }
}

#[test]
fn these_are_true() {
    for text in TRUE {
        assert_eq!(evaluate(text), Ok(true), "{text}");
    }
}

#[test]
fn these_fail_for_a_reason() {
    for (text, reason) in FAILING {
        let error = evaluate(text).expect_err(text);
        assert!(error.contains(reason), "{text}: {error}");
    }
}
