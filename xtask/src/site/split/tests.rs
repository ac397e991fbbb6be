use super::*;

/// Enough to be worth moving, in the place of `MUCH`.
fn much() -> String {
    "(call $say (i32.const 7))".repeat(SMALLEST as usize)
}

/// `kept` calls `moved`, which calls `with_it` and `shared`; the table holds `kept`, `moved` and `shared`.
const PROGRAM: &str = r#"
(module $program
  (import "script" "say" (func $say (param i32)))
  (memory $memory (export "memory") 1)
  (global $stack (mut i32) (i32.const 16))
  (table $table 4 funcref)
  (elem (i32.const 1) func $kept $moved $shared)
  (data (i32.const 0) "words")
  (func $kept (export "kept") (param i32) (result i32) (call $moved (call $shared (local.get 0))))
  (func $moved (param i32) (result i32)
    (global.set $stack (i32.sub (global.get $stack) (i32.const 16)))
    (call $say (i32.load8_u (i32.const 1)))
    (call $with_it (call $shared (local.get 0)))
    MUCH)
  (func $with_it (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func $shared (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
  (func $vector (export "vector") (result i32) (i32x4.extract_lane 0 (call $of_vectors (i32x4.splat (i32.const 1)))))
  (func $of_vectors (param v128) (result v128) MUCH (local.get 0)))
"#;

fn halves(is_later: impl Fn(&str) -> bool) -> Result<(Module, Module)> {
    let program = wat::parse_str(PROGRAM.replace("MUCH", &much()))?;
    let halves = split(&program, is_later, true)?;
    Ok((read(&halves.first, true)?, read(&halves.later, true)?))
}

fn local(module: &Module) -> BTreeSet<&str> {
    module.funcs.iter_local().filter_map(|(id, _)| module.funcs.get(id).name.as_deref()).collect()
}

fn imports<'a>(module: &'a Module, from: &str) -> BTreeSet<&'a str> {
    module.imports.iter().filter(|import| import.module == from).map(|import| import.name.as_str()).collect()
}

fn exports(module: &Module) -> BTreeSet<&str> {
    module.exports.iter().map(|export| export.name.as_str()).collect()
}

#[test]
fn what_is_named_moves_with_what_only_it_calls() -> Result<()> {
    let (first, later) = halves(|name| name == "moved")?;
    assert_eq!(local(&first), BTreeSet::from(["kept", "shared", "vector", "of_vectors"]));
    assert_eq!(local(&later), BTreeSet::from(["moved", "with_it"]));
    Ok(())
}

#[test]
fn each_half_has_what_the_other_takes_from_it() -> Result<()> {
    let (first, later) = halves(|name| name == "moved")?;
    assert_eq!(imports(&first, LATER).len(), 1);
    assert_eq!(imports(&first, LATER), exports(&later));
    // Memory, table, stack pointer, `shared`, and what JavaScript gives.
    assert_eq!(imports(&later, FIRST).len(), 5);
    assert!(imports(&later, FIRST).is_subset(&exports(&first)));
    assert_eq!(later.imports.iter().count(), 5);
    // The script's own names stay.
    assert!(exports(&first).is_superset(&BTreeSet::from(["memory", "kept", "vector"])));
    assert_eq!(imports(&first, "script"), BTreeSet::from(["say"]));
    Ok(())
}

#[test]
fn the_later_half_puts_its_functions_where_they_stood_and_writes_no_data() -> Result<()> {
    let (_, later) = halves(|name| name == "moved")?;
    let placed: Vec<_> = later.elements.iter().collect();
    assert_eq!(placed.len(), 1);
    assert!(matches!(placed[0].kind, ElementKind::Active { offset: ConstExpr::Value(Value::I32(2)), .. }));
    assert!(matches!(&placed[0].items, ElementItems::Functions(functions) if functions.len() == 1));
    assert_eq!(later.data.iter().count(), 0);
    Ok(())
}

#[test]
fn a_function_that_javascript_cannot_call_stays() -> Result<()> {
    let (first, later) = halves(|name| ["moved", "of_vectors"].contains(&name))?;
    assert!(local(&first).contains("of_vectors"));
    assert!(!local(&later).contains("of_vectors"));
    Ok(())
}

#[test]
fn without_anything_to_move_it_says_so() {
    let error = halves(|_| false).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("none of its functions"), "{error}");
}
