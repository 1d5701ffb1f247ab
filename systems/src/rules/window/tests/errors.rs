//! What cannot be unrolled, and what is said of it.

use super::*;

#[test]
fn what_cannot_be_unrolled_says_why() {
    for (rrule, timezone, expected) in [
        (TEN, "Mars/Olympus", "`Mars/Olympus` is no IANA time zone, such as `America/New_York`"),
        (TEN, "Etc/Unknown", "`Etc/Unknown` is no IANA time zone, such as `America/New_York`"),
        ("", "UTC", "`` is no part of a recurrence rule, such as `BYHOUR=9`"),
        ("every day", "UTC", "`every day` is no part of a recurrence rule, such as `BYHOUR=9`"),
        ("FREQ=DAILY;", "UTC", "nothing stands before or after a `;` of the rule"),
        (
            "0 9 * * *",
            "UTC",
            "`0 9 * * *` is a cron expression: write it as in RFC 5545, such as `FREQ=DAILY;BYHOUR=9`",
        ),
        ("FREQ=DAILY;FOO=1", "UTC", "`FOO=1` is no part of a recurrence rule, such as `BYHOUR=9`"),
        ("BYHOUR=9", "UTC", "FREQ is missing"),
        (
            "FREQ=SOMETIMES",
            "UTC",
            "`SOMETIMES` is no value of FREQ, which takes YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY, MINUTELY or SECONDLY",
        ),
        ("FREQ=DAILY;FREQ=WEEKLY", "UTC", "FREQ is given twice"),
        (
            "FREQ=DAILY;INTERVAL=0",
            "UTC",
            "`0` is no value of INTERVAL, which takes numbers from 1 to 4294967295",
        ),
        (
            "FREQ=DAILY;INTERVAL=99999999999999999999",
            "UTC",
            "`99999999999999999999` is no value of INTERVAL, which takes numbers from 1 to 4294967295",
        ),
        (
            "FREQ=DAILY;BYHOUR=24",
            "UTC",
            "`24` is no value of BYHOUR, which takes numbers from 0 to 23",
        ),
        (
            "FREQ=DAILY;BYSECOND=61",
            "UTC",
            "`61` is no value of BYSECOND, which takes numbers from 0 to 60",
        ),
        ("FREQ=DAILY;BYHOUR=", "UTC", "`` is no value of BYHOUR, which takes numbers from 0 to 23"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=0",
            "UTC",
            "`0` is no value of BYMONTHDAY, which takes numbers from 1 to 31, and from -31 to -1",
        ),
        (
            "FREQ=MONTHLY;BYDAY=0MO",
            "UTC",
            "`0` is no value of BYDAY, which takes numbers from 1 to 53, and from -53 to -1",
        ),
        (
            "FREQ=MONTHLY;BYDAY=é",
            "UTC",
            "`é` is no value of BYDAY, which takes MO, TU, WE, TH, FR, SA and SU",
        ),
        ("FREQ=DAILY;BYDAY=1MO", "UTC", "a numbered day in BYDAY needs FREQ=MONTHLY or YEARLY"),
        (
            "FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO",
            "UTC",
            "a numbered day in BYDAY does not go with BYWEEKNO",
        ),
        ("FREQ=MONTHLY;BYWEEKNO=1", "UTC", "BYWEEKNO needs FREQ=YEARLY"),
        (
            "FREQ=DAILY;BYYEARDAY=1",
            "UTC",
            "BYYEARDAY does not go with FREQ=DAILY, WEEKLY or MONTHLY",
        ),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "UTC", "BYMONTHDAY does not go with FREQ=WEEKLY"),
        ("FREQ=DAILY;BYSETPOS=1", "UTC", "BYSETPOS needs another BY part"),
        ("FREQ=DAILY;COUNT=3", "UTC", "COUNT needs a DTSTART to count from"),
        (
            "DTSTART:20260101\nFREQ=DAILY;COUNT=3;UNTIL=20260105",
            "UTC",
            "COUNT and UNTIL exclude each other",
        ),
        (
            "DTSTART:20260101\nFREQ=DAILY;COUNT=0",
            "UTC",
            "`0` is no value of COUNT, which takes numbers from 1 to 4294967295",
        ),
        (
            "FREQ=DAILY;UNTIL=tomorrow",
            "UTC",
            "`tomorrow` is no value of UNTIL, which takes a time such as `20260131T093000`, with a `Z` for UTC",
        ),
        (
            "FREQ=DAILY;UNTIL=20260230",
            "UTC",
            "`20260230` is no value of UNTIL, which takes a time such as `20260131T093000`, with a `Z` for UTC",
        ),
        (
            "DTSTART:2026-01-01\nFREQ=DAILY",
            "UTC",
            "`2026-01-01` is no value of DTSTART, which takes a time such as `20260131T093000`, with a `Z` for UTC",
        ),
        (
            "DTSTART:20260101\u{e9}\nFREQ=DAILY",
            "UTC",
            "`20260101é` is no value of DTSTART, which takes a time such as `20260131T093000`, with a `Z` for UTC",
        ),
        (
            "DTSTART;TZID=Mars/Olympus:20260101T000000\nFREQ=DAILY",
            "UTC",
            "`Mars/Olympus` is no IANA time zone, such as `America/New_York`",
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20260101T000000Z\nFREQ=DAILY",
            "UTC",
            "`TZID=Europe/Berlin` is no parameter of DTSTART: TZID and VALUE are",
        ),
        (
            "DTSTARTING:20260101\nFREQ=DAILY",
            "UTC",
            "`DTSTARTING:20260101` is out of place: a recurrence is one rule, after a DTSTART line if it has one",
        ),
        ("DTSTART:15000101\nFREQ=DAILY", "UTC", "DTSTART lies outside the years 1678 to 2261"),
        (
            "RRULE:FREQ=DAILY\nEXDATE:20260101T000000",
            "UTC",
            "`EXDATE:20260101T000000` is out of place: single days are deny or allow windows of their own",
        ),
        (
            "RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY",
            "UTC",
            "`RRULE:FREQ=WEEKLY` is out of place: a recurrence is one rule, after a DTSTART line if it has one",
        ),
        (
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31",
            "UTC",
            "the rule never recurs between the years 1678 and 2261",
        ),
        (
            "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30",
            "UTC",
            "the rule never recurs between the years 1678 and 2261",
        ),
        (
            "FREQ=SECONDLY;INTERVAL=2;BYSECOND=1",
            "UTC",
            "the rule never recurs between the years 1678 and 2261",
        ),
        (
            "FREQ=YEARLY;BYDAY=MO;BYSETPOS=366",
            "UTC",
            "the rule never recurs between the years 1678 and 2261",
        ),
        (
            "FREQ=DAILY;UNTIL=19691231",
            "UTC",
            "the rule never recurs between the years 1678 and 2261",
        ),
    ] {
        let error = Window::new(&rule(rrule, timezone, 1, true)).expect_err(rrule);
        assert_eq!(error.to_string(), expected, "{rrule}");
    }
}
