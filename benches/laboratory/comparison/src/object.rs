//! What a comparison says to programs: one object.

use serde_json::{Value, json};

use crate::{Comparison, Row, Selection};

/// The result for programs.
#[must_use]
pub fn object(run: &Comparison, selection: &Selection) -> Value {
    let layouts = run
        .layouts()
        .into_iter()
        .map(|entry| json!({ "name": entry.name, "about": entry.about, "lines": (entry.lines)() }));
    let machine = &run.machine;
    json!({
        "rows": run.rows.iter().map(row).collect::<Vec<_>>(),
        "refused": run.refused,
        "layouts": layouts.collect::<Vec<_>>(),
        "footprints": footprints(run),
        "machine": {
            "processor": machine.processor,
            "processors": machine.processors,
            "caches": machine.caches,
            "system": machine.system,
            "optimised": machine.optimised,
        },
        "rounds": selection.rounds,
        "iterations": selection.iterations,
        "seed": null,
    })
}

fn row(row: &Row) -> Value {
    json!({
        "layout": row.layout.name,
        "operation": row.case.operation.name(),
        "scale": row.case.scale.name(),
        "density": row.case.density.name(),
        "order": row.case.order.name(),
        "threads": row.case.threads,
        "chunk": row.case.chunk,
        "ns_per_target": row.each(),
        "spread": row.spread(),
        "allocations": row.allocations,
        "bytes_per_target": row.bytes_per_target(),
        "digest": format!("{:016x}", row.digest),
    })
}

/// Bytes per target of each layout, scale and order, on the heap and by formula.
fn footprints(run: &Comparison) -> Vec<Value> {
    let mut footprints: Vec<Value> = Vec::new();
    for row in &run.rows {
        let footprint = json!({
            "layout": row.layout.name,
            "scale": row.case.scale.name(),
            "order": row.case.order.name(),
            "bytes_per_target": row.bytes_per_target(),
            "formula_bytes_per_target": row.formula_per_target(),
        });
        // With another number of threads a layout is built again, and takes the same.
        if !footprints.contains(&footprint) {
            footprints.push(footprint);
        }
    }
    footprints
}
