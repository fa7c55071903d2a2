// One optimiser step of a gas' whole path: for every body at every time point the forces of all others, the slope of the
// action, and Adam's move. One workgroup takes 64 bodies of one time point and goes through all of them in tiles.
//
// The same pair energy as physics::lennard_jones, the same action as action.rs, the same Adam as optimise.rs, in single precision.

struct Step {
    bodies: u32,
    points: u32,
    // 1 where the last interval counts twice, as published.
    published: u32,
    dt: f32,
    // One over time points and bodies.
    share: f32,
    // Adam's rate and the root of the correction of its squares, both for this step.
    rate: f32,
    correction: f32,
    padding: f32,
}

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> before: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> after: array<vec2f>;
// Running means of slopes (x, y) and of their squares (z, w).
@group(0) @binding(3) var<storage, read_write> moments: array<vec4f>;
// T and V of a workgroup's bodies.
@group(0) @binding(4) var<storage, read_write> energies: array<vec2f>;

const LANES = 64u;
const STRENGTH = 1e-5;
const SIGMA = 0.04;
const DEPTH = 10.0;
const CAP = 10.0;
const PUSH = 100.0;

var<workgroup> tile: array<vec2f, 64>;
var<workgroup> sums: array<vec2f, 64>;

// Energy, and its derivative by r divided by r, without STRENGTH.
fn pair(r_squared: f32) -> vec2f {
    let inverse = 1.0 / r_squared;
    let ratio = SIGMA * SIGMA * inverse;
    let sixth = ratio * ratio * ratio;
    let well = DEPTH * (sixth * sixth - sixth);
    let slope = DEPTH * (6.0 * sixth - 12.0 * sixth * sixth) * inverse;
    var found = select(vec2f(well, slope), vec2f(CAP, 0.0), well > CAP);
    if r_squared < SIGMA * SIGMA {
        let r = sqrt(r_squared);
        found += vec2f(PUSH * (SIGMA - r), -PUSH / r);
    }
    return found;
}

@compute @workgroup_size(64)
fn descend(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
    let point = group.y;
    let row = point * step.bodies;
    let body = group.x * LANES + lane;
    let is_body = body < step.bodies;
    let here = row + min(body, step.bodies - 1u);
    let at = before[here];

    var pull = vec2f(0.0);
    var potential = 0.0;
    for (var first = 0u; first < step.bodies; first += LANES) {
        tile[lane] = before[row + min(first + lane, step.bodies - 1u)];
        workgroupBarrier();
        let others = min(LANES, step.bodies - first);
        for (var other = 0u; other < others; other += 1u) {
            let d = at - tile[other];
            let found = pair(dot(d, d) + 1e-6);
            pull += found.y * d;
            potential += select(found.x, 0.0, first + other == body);
        }
        workgroupBarrier();
    }

    let last = step.points - 1u;
    let from_here = (before[here + select(step.bodies, 0u, point == last)] - at) / step.dt;
    let to_here = (at - before[here - select(step.bodies, 0u, point == 0u)]) / step.dt;
    let twice = 1.0 + f32(step.published);

    // Energies of this time point; the last has a velocity only as published, that of the point before.
    let velocity = select(from_here, to_here, point == last);
    let counts = is_body && (point < last || step.published == 1u);
    sums[lane] = select(vec2f(0.0), vec2f(0.5 * dot(velocity, velocity), 0.5 * STRENGTH * potential), counts);
    workgroupBarrier();
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        if lane < half {
            sums[lane] += sums[lane + half];
        }
        workgroupBarrier();
    }
    if lane == 0u {
        energies[point * groups.x + group.x] = sums[0] * step.share;
    }

    if !is_body {
        return;
    }
    if point == 0u || point == last {
        after[here] = at;
        return;
    }
    let leaving = from_here * select(1.0, twice, point == last - 1u);
    let slope = step.share * ((to_here - leaving) / step.dt - STRENGTH * pull);
    let moment = moments[here];
    let mean = 0.9 * moment.xy + 0.1 * slope;
    let square = 0.999 * moment.zw + 0.001 * slope * slope;
    moments[here] = vec4f(mean, square);
    after[here] = at - step.rate * mean / (sqrt(square) / step.correction + 1e-8);
}
