//! A program cut in two, so that a browser shows the first map before it has all of it.
//!
//! The first half keeps the memory, the tables and the data. What was moved to the later half it imports as functions, in
//! calls as in its table; the page's script (`www/later.js`) answers such a call by loading the later half. That one imports
//! everything else from the first, and puts its own functions into the table, after which calls go straight there.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use walrus::ir::{Value, Visitor, dfs_in_order};
use walrus::{
    ConstExpr, ElementItems, ElementKind, ExportItem, FunctionId, FunctionKind, GlobalId, GlobalKind,
    ImportKind, ImportedFunction, MemoryId, Module, ModuleConfig, TableId, ValType,
};

/// The names that the two halves know each other's by.
const FIRST: &str = "first";
const LATER: &str = "later";

/// Instructions of a function that it's worth to move by name. Shorter ones may also be alike and one by now, under either name.
const SMALLEST: u64 = 24;

pub struct Halves {
    pub first: Vec<u8>,
    pub later: Vec<u8>,
}

/// Moves the functions whose names `is_later` says yes to, and those that only these call. The program's functions have names; the
/// halves' do if `names` says so. Errors where there is no such function, or the program cannot be read.
pub fn split(program: &[u8], is_later: impl Fn(&str) -> bool, names: bool) -> Result<Halves> {
    let (mut first, mut later) = (read(program, names)?, read(program, names)?);
    let moved = moved(&first, is_later);
    ensure!(!moved.is_empty(), "none of its functions is one of those that are to come later");
    let shared = Shared::with(&mut first, &moved)?;
    leave(&mut first, &moved);
    let called = first
        .imports
        .iter()
        .filter(|import| import.module == LATER)
        .map(|import| import.name.clone())
        .collect();
    keep(&mut later, &moved, &shared, &called)?;
    Ok(Halves { first: first.emit_wasm(), later: later.emit_wasm() })
}

/// The indices of the functions that move.
fn moved(module: &Module, is_later: impl Fn(&str) -> bool) -> BTreeSet<usize> {
    let named: BTreeSet<FunctionId> = module
        .funcs
        .iter()
        .filter(|function| {
            matches!(&function.kind, FunctionKind::Local(local) if local.size() >= SMALLEST)
                && function.name.as_deref().is_some_and(&is_later)
                && passes_through_javascript(module, function.id())
        })
        .map(|function| function.id())
        .collect();
    // What can be called without one of them: from outside, through the table, by another one.
    let exported = module.exports.iter().filter_map(|export| match export.item {
        ExportItem::Function(id) => Some(id),
        _ => None,
    });
    let placed = module.elements.iter().flat_map(|segment| match &segment.items {
        ElementItems::Functions(functions) => functions.clone(),
        ElementItems::Expressions(..) => Vec::new(),
    });
    let mut waiting: Vec<FunctionId> =
        exported.chain(placed).chain(module.start).filter(|id| !named.contains(id)).collect();
    let mut kept: BTreeSet<FunctionId> = waiting.iter().copied().collect();
    while let Some(id) = waiting.pop() {
        if let FunctionKind::Local(function) = &module.funcs.get(id).kind {
            let mut uses = Uses::default();
            dfs_in_order(&mut uses, function, function.entry_block());
            waiting.extend(uses.functions.into_iter().filter(|id| !named.contains(id) && kept.insert(*id)));
        }
    }
    module.funcs.iter_local().map(|(id, _)| id).filter(|id| !kept.contains(id)).map(|id| id.index()).collect()
}

fn read(program: &[u8], names: bool) -> Result<Module> {
    ModuleConfig::new()
        .generate_producers_section(false)
        .generate_name_section(names)
        .parse(program)
        .context("walrus could not read the program")
}

/// JavaScript has no vectors.
fn passes_through_javascript(module: &Module, function: FunctionId) -> bool {
    let kind = module.types.get(module.funcs.get(function).ty());
    kind.params().iter().chain(kind.results()).all(|value| *value != ValType::V128)
}

/// A name between the halves, of a function ('f') or another item; the first one's other exports have other names.
fn name_of(letter: char, index: usize) -> String {
    format!("{letter}{index:x}")
}

/// What moved functions use of the first half, by index, and the names that it gives it out by.
#[derive(Default)]
struct Shared {
    functions: BTreeMap<usize, String>,
    globals: BTreeMap<usize, String>,
    tables: BTreeMap<usize, String>,
    memories: BTreeMap<usize, String>,
}

impl Shared {
    /// Exports from `first` what the moved functions use of it.
    fn with(first: &mut Module, moved: &BTreeSet<usize>) -> Result<Self> {
        let mut uses = Uses::default();
        for (id, function) in first.funcs.iter_local() {
            if moved.contains(&id.index()) {
                dfs_in_order(&mut uses, function, function.entry_block());
            }
        }
        // Where the moved functions' places are.
        uses.tables.extend(first.tables.main_function_table()?);
        uses.functions.retain(|id| !moved.contains(&id.index()));
        let exports = &mut first.exports;
        let mut give = |letter: char, items: Vec<(usize, ExportItem)>| -> BTreeMap<usize, String> {
            let named = items.into_iter().map(|(index, item)| {
                let known = match item {
                    ExportItem::Function(id) => exports.get_exported_func(id),
                    ExportItem::Global(id) => exports.get_exported_global(id),
                    ExportItem::Table(id) => exports.get_exported_table(id),
                    ExportItem::Memory(id) => exports.get_exported_memory(id),
                    ExportItem::Tag(_) => None,
                };
                let name = known.map(|export| export.name.clone()).unwrap_or_else(|| {
                    let name = name_of(letter, index);
                    exports.add(&name, item);
                    name
                });
                (index, name)
            });
            named.collect()
        };
        Ok(Self {
            functions: give('f', uses.functions.iter().map(|id| (id.index(), (*id).into())).collect()),
            globals: give('g', uses.globals.iter().map(|id| (id.index(), (*id).into())).collect()),
            tables: give('t', uses.tables.iter().map(|id| (id.index(), (*id).into())).collect()),
            memories: give('m', uses.memories.iter().map(|id| (id.index(), (*id).into())).collect()),
        })
    }
}

#[derive(Default)]
struct Uses {
    functions: BTreeSet<FunctionId>,
    globals: BTreeSet<GlobalId>,
    tables: BTreeSet<TableId>,
    memories: BTreeSet<MemoryId>,
}

impl Visitor<'_> for Uses {
    fn visit_function_id(&mut self, id: &FunctionId) {
        self.functions.insert(*id);
    }
    fn visit_global_id(&mut self, id: &GlobalId) {
        self.globals.insert(*id);
    }
    fn visit_table_id(&mut self, id: &TableId) {
        self.tables.insert(*id);
    }
    fn visit_memory_id(&mut self, id: &MemoryId) {
        self.memories.insert(*id);
    }
}

/// Makes imports of the moved functions.
fn leave(first: &mut Module, moved: &BTreeSet<usize>) {
    let all: Vec<FunctionId> = first.funcs.iter().map(|function| function.id()).collect();
    for id in all.into_iter().filter(|id| moved.contains(&id.index())) {
        import(first, id, LATER, &name_of('f', id.index()));
    }
    walrus::passes::gc::run(first);
}

fn import(module: &mut Module, id: FunctionId, from: &str, name: &str) {
    let ty = module.funcs.get(id).ty();
    let import = module.imports.add(from, name, id);
    module.funcs.get_mut(id).kind = FunctionKind::Import(ImportedFunction { import, ty });
}

/// Leaves the moved functions alone in `later`; exports those that are `called` by name.
fn keep(
    later: &mut Module,
    moved: &BTreeSet<usize>,
    shared: &Shared,
    called: &BTreeSet<String>,
) -> Result<()> {
    later.start = None;
    for id in later.exports.iter().map(|export| export.id()).collect::<Vec<_>>() {
        later.exports.delete(id);
    }
    for id in later.data.iter().map(|data| data.id()).collect::<Vec<_>>() {
        later.data.delete(id);
    }
    let functions: Vec<FunctionId> = later.funcs.iter().map(|function| function.id()).collect();
    for id in functions {
        let index = id.index();
        if moved.contains(&index) && called.contains(&name_of('f', index)) {
            later.exports.add(&name_of('f', index), id);
        }
        let Some(name) = shared.functions.get(&index) else { continue };
        match later.funcs.get(id).kind {
            FunctionKind::Import(ImportedFunction { import, .. }) => {
                let import = later.imports.get_mut(import);
                (import.module, import.name) = (FIRST.to_owned(), name.clone());
            }
            _ => import(later, id, FIRST, name),
        }
    }
    for id in later.memories.iter().map(|memory| memory.id()).collect::<Vec<_>>() {
        later.memories.get_mut(id).data_segments.clear();
        if let Some(name) = shared.memories.get(&id.index()) {
            later.memories.get_mut(id).import = Some(later.imports.add(FIRST, name, ImportKind::Memory(id)));
        }
    }
    for id in later.globals.iter().map(|global| global.id()).collect::<Vec<_>>() {
        if let Some(name) = shared.globals.get(&id.index()) {
            let import = later.imports.add(FIRST, name, ImportKind::Global(id));
            later.globals.get_mut(id).kind = GlobalKind::Import(import);
        }
    }
    for id in later.tables.iter().map(|table| table.id()).collect::<Vec<_>>() {
        if let Some(name) = shared.tables.get(&id.index()) {
            later.tables.get_mut(id).import = Some(later.imports.add(FIRST, name, ImportKind::Table(id)));
        }
    }
    place(later, moved)?;
    walrus::passes::gc::run(later);
    Ok(())
}

/// Puts the moved functions where they stand in the table, and nothing else.
fn place(later: &mut Module, moved: &BTreeSet<usize>) -> Result<()> {
    let segments: Vec<_> = later
        .elements
        .iter()
        .map(|segment| (segment.id(), segment.kind.clone(), segment.items.clone()))
        .collect();
    for (id, kind, items) in segments {
        if let ElementKind::Active { table, offset: ConstExpr::Value(Value::I32(offset)) } = kind
            && let ElementItems::Functions(functions) = &items
        {
            let runs = functions.iter().enumerate().collect::<Vec<_>>();
            for run in
                runs.chunk_by(|(_, a), (_, b)| moved.contains(&a.index()) == moved.contains(&b.index()))
            {
                if moved.contains(&run[0].1.index()) {
                    let offset = ConstExpr::Value(Value::I32(offset + i32::try_from(run[0].0)?));
                    let kind = ElementKind::Active { table, offset };
                    let added = later
                        .elements
                        .add(kind, ElementItems::Functions(run.iter().map(|(_, id)| **id).collect()));
                    later.tables.get_mut(table).elem_segments.insert(added);
                }
            }
            later.tables.get_mut(table).elem_segments.remove(&id);
        }
        later.elements.delete(id);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
