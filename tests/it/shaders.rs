//! Every shader file, by naga: it is valid, and its parameters lie where the Rust struct has them.

use std::collections::BTreeSet;
use std::path::Path;

use attention_map::ops::attend::AttendParams;
use attention_map::ops::embed::EmbedParams;
use attention_map::ops::layer_norm::LayerNormParams;
use attention_map::ops::linear::{self, Finish, LinearParams, Shape};
use attention_map::ops::scores::{MASKED, ScoresParams};
use attention_map::ops::softmax::SoftmaxParams;
use attention_map::ops::{Binding, KERNELS, Kernel, Precision, attention};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{AddressSpace, Module, StorageAccess, TypeInner};

/// WebGPU's default limits, which the kernels must keep.
const MAX_STORAGE_BUFFERS: usize = 8;
const MAX_INVOCATIONS: u32 = 256;
const MAX_WORKGROUP_BYTES: u32 = 16 * 1024;

fn kernels() -> impl Iterator<Item = &'static Kernel> {
    KERNELS.iter().copied().flatten()
}

fn parse(kernel: &Kernel) -> Module {
    let source = kernel.source.concat();
    let module = naga::front::wgsl::parse_str(&source)
        .unwrap_or_else(|error| panic!("{}: {}", kernel.name, error.emit_to_string(&source)));
    Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .unwrap_or_else(|error| panic!("{}: {}", kernel.name, error.emit_to_string(&source)));
    module
}

#[test]
fn every_shader_file_belongs_to_a_kernel_and_is_valid() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wgsl"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let stems = kernels().map(|kernel| kernel.name.split('.').next().unwrap().to_owned());
    assert!(!files.is_empty());
    assert_eq!(files, stems.collect());
    for kernel in kernels() {
        parse(kernel);
    }
}

#[test]
fn a_variable_in_a_loop_says_what_it_begins_as() {
    // Zero, by the language; but SwiftShader keeps what a struct or matrix held the time before.
    for kernel in kernels() {
        for line in kernel.source.iter().flat_map(|text| text.lines()) {
            let nested = line.starts_with("        ") && line.trim_start().starts_with("var ");
            assert!(!nested || line.contains('='), "{}: {line}", kernel.name);
        }
    }
}

#[test]
fn an_invalid_shader_is_found() {
    let source = "@compute @workgroup_size(1) fn main() { let x: f32 = 1u; }";
    assert!(naga::front::wgsl::parse_str(source).is_err());
}

#[test]
fn kernels_bind_what_the_table_says_and_keep_the_default_limits() {
    for kernel in kernels() {
        let module = parse(kernel);
        let mut bound: Vec<(u32, Binding)> = module
            .global_variables
            .iter()
            .filter_map(|(_, variable)| {
                let kind = match variable.space {
                    AddressSpace::Uniform => Binding::Params,
                    AddressSpace::Storage { access } if access.contains(StorageAccess::STORE) => {
                        Binding::Write
                    }
                    AddressSpace::Storage { .. } => Binding::Read,
                    _ => return None,
                };
                Some((variable.binding.as_ref().unwrap().binding, kind))
            })
            .collect();
        bound.sort_by_key(|&(index, _)| index);
        let table: Vec<(u32, Binding)> = (0..).zip(kernel.bindings.iter().copied()).collect();
        assert_eq!(bound, table, "{}", kernel.name);

        assert!(kernel.bindings.len() - 1 <= MAX_STORAGE_BUFFERS, "{}", kernel.name);
        let main = module.entry_points.iter().find(|entry| entry.name == "main").unwrap();
        assert!(main.workgroup_size.iter().product::<u32>() <= MAX_INVOCATIONS, "{}", kernel.name);
        let workgroup_bytes: u32 = module
            .global_variables
            .iter()
            .filter(|(_, variable)| variable.space == AddressSpace::WorkGroup)
            .map(|(_, variable)| module.types[variable.ty].inner.size(module.to_ctx()))
            .sum();
        assert!(workgroup_bytes <= MAX_WORKGROUP_BYTES, "{}: {workgroup_bytes} bytes", kernel.name);

        let overrides: BTreeSet<&str> =
            module.overrides.iter().filter_map(|(_, value)| value.name.as_deref()).collect();
        for (name, _) in kernel.constants {
            assert!(overrides.contains(name), "{} has no override {name}", kernel.name);
        }
    }
}

/// The members of the shader's `Params`: name and byte offset; and its size.
fn reflected(kernel: &str) -> (Vec<(String, usize)>, usize) {
    let module = parse(kernels().find(|each| each.name == kernel).unwrap());
    let (_, params) = module.types.iter().find(|(_, ty)| ty.name.as_deref() == Some("Params")).unwrap();
    let TypeInner::Struct { members, span } = &params.inner else { panic!("{kernel}: Params is no struct") };
    let members = members.iter().map(|member| (member.name.clone().unwrap(), member.offset as usize));
    (members.collect(), *span as usize)
}

macro_rules! same_layout {
    ($kernel:expr, $params:ident { $($member:ident),* $(,)? }) => {
        let members = vec![$((stringify!($member).to_owned(), std::mem::offset_of!($params, $member))),*];
        assert_eq!(reflected($kernel), (members, size_of::<$params>()), "{}", $kernel);
    };
}

#[test]
fn parameters_lie_where_the_shaders_read_them() {
    for kernel in ["embed.f32", "embed.q8"] {
        same_layout!(kernel, EmbedParams { tokens, width, word_block, position_block });
    }
    for kernel in linear::KERNELS.as_flattened() {
        same_layout!(
            kernel.name,
            LinearParams { rows, inputs, outputs, block, out_offset, padding_0, padding_1, padding_2 }
        );
    }
    for kernel in ["scores", "attention", "attention_registers"] {
        same_layout!(
            kernel,
            ScoresParams {
                queries,
                keys,
                head_width,
                query_stride,
                query_offset,
                key_stride,
                key_offset,
                causal,
                first_query,
                scale,
                out_offset,
                padding,
            }
        );
    }
    same_layout!("softmax", SoftmaxParams { queries, keys, out_offset, padding });
    for kernel in ["attend", "attend_registers"] {
        same_layout!(
            kernel,
            AttendParams {
                queries,
                keys,
                head_width,
                value_stride,
                value_offset,
                out_stride,
                attention_offset,
                out_offset,
            }
        );
    }
    for kernel in ["layer_norm", "layer_norm_registers"] {
        same_layout!(kernel, LayerNormParams { rows, width, epsilon, padding });
    }
}

/// The value of a shader's constant.
fn constant(kernel: &str, name: &str) -> naga::Literal {
    let module = parse(kernels().find(|each| each.name == kernel).unwrap());
    let (_, constant) =
        module.constants.iter().find(|(_, constant)| constant.name.as_deref() == Some(name)).unwrap();
    match module.global_expressions[constant.init] {
        naga::Expression::Literal(value) => value,
        _ => panic!("{kernel}: {name} is no literal"),
    }
}

#[test]
fn the_score_of_a_masked_key_is_one_number_everywhere() {
    for kernel in ["scores", "softmax", "attention", "attention_registers"] {
        assert_eq!(constant(kernel, "MASKED"), naga::Literal::F32(MASKED), "{kernel}");
    }
}

#[test]
fn workgroups_are_as_large_as_the_shaders_take_them() {
    assert_eq!(constant("attention", "CAPACITY"), naga::Literal::U32(attention::CAPACITY));
    let number = |shape: Shape, name| match constant(plain(shape).name, name) {
        naga::Literal::U32(value) => value,
        other => panic!("{name} is {other:?}"),
    };
    for shape in Shape::ALL {
        let (rows, outputs) = match shape {
            Shape::Registers | Shape::Rows => {
                (number(shape, "ROWS"), number(shape, "PANELS") * linear::PANEL as u32)
            }
            Shape::Tiles | Shape::Wide => (number(shape, "TILE"), number(shape, "TILE")),
        };
        // In the other shapes that is a whole workgroup's.
        let main = parse(plain(shape)).entry_points.remove(0);
        let outputs = if shape == Shape::Registers { outputs * main.workgroup_size[0] } else { outputs };
        let params = |more| LinearParams {
            rows: 3 * rows + more,
            inputs: 16,
            outputs: 5 * outputs + more,
            ..Default::default()
        };
        assert_eq!(shape.workgroups(&params(0)), [5, 3, 1], "{shape:?}");
        assert_eq!(shape.workgroups(&params(1)), [6, 4, 1], "{shape:?}");
    }
}

fn plain(shape: Shape) -> &'static Kernel {
    shape.kernel(Precision::F32, &Finish::<()>::Plain)
}
