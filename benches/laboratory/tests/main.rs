//! What can be believed of the laboratory, one behaviour per file: this list is the specification, and the
//! first lines of each file say what holds. What allocates, `layouts_take_what_their_formula_says`, is a
//! binary of its own.

mod layouts_stand_where_the_engine_stands;
