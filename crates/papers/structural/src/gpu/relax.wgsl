// One pass over a grid with its stiffness K, for K as in fine.wgsl or middle.wgsl:
// KIND 0: two damped Jacobi sweeps from nothing; `before` is then the right side, too.
// KIND 1: one sweep, and the product of the right side with its outcome.
// KIND 2: what is left of the right side.
// KIND 3: K times `before`, and the product of both.

override KIND: u32 = 1u;

const DAMPING = 0.6;

@group(0) @binding(0) var<uniform> grid: Grid;
// One over the diagonal of K; zero where fixed.
@group(0) @binding(2) var<storage, read> inverse: array<vec2f>;
@group(0) @binding(3) var<storage, read> right: array<vec2f>;
@group(0) @binding(4) var<storage, read> before: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> after: array<vec2f>;
// A product for each workgroup.
@group(0) @binding(6) var<storage, read_write> products: array<f32>;

fn value(node: u32) -> vec2f {
    if KIND == 0u {
        return DAMPING * inverse[node] * before[node];
    }
    return before[node];
}

@compute @workgroup_size(128)
fn relax(
    @builtin(global_invocation_id) id: vec3u,
    @builtin(workgroup_id) group: vec3u,
    @builtin(local_invocation_index) lane: u32,
) {
    let node = id.x;
    var product = 0.0;
    if node < arrayLength(&after) {
        let force = stiffness(node);
        let scale = inverse[node];
        let acts = select(vec2f(0.0), vec2f(1.0), scale != vec2f(0.0));
        if KIND < 2u {
            let found = value(node) + DAMPING * scale * (right[node] - force);
            product = dot(right[node], found);
            after[node] = found;
        } else if KIND == 2u {
            after[node] = acts * (right[node] - force);
        } else {
            after[node] = acts * force;
            product = dot(before[node], acts * force);
        }
    }
    let sum = summed(product, lane);
    if lane == 0u {
        products[group.x] = sum;
    }
}
