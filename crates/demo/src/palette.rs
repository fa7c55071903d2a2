//! Colours by role, for light and dark, safe for colour-blind readers (after Okabe and Ito, "Color Universal Design", 2008).

/// A colour by what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Text and axes.
    Ink,
    /// Secondary text.
    Muted,
    /// The ground.
    Paper,
    /// Grid lines and frames.
    Grid,
    /// The exact solution, the data.
    Truth,
    /// The paper's own model.
    Model,
    /// What it is compared with.
    Baseline,
    /// A visitor's model, or a third thing.
    Accent,
    /// A fourth thing: what is grabbed or chosen.
    Highlight,
    /// Just this.
    Rgb(u8, u8, u8),
}

impl Color {
    /// The colours that a page may set, in the order of the `--pp-*` properties.
    pub const ROLES: [Self; 9] = [
        Self::Ink,
        Self::Muted,
        Self::Paper,
        Self::Grid,
        Self::Truth,
        Self::Model,
        Self::Baseline,
        Self::Accent,
        Self::Highlight,
    ];

    /// With an opacity from 0 to 1.
    pub fn alpha(self, alpha: f64) -> Paint {
        Paint { color: self, alpha }
    }
}

/// A colour with an opacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paint {
    /// Colour.
    pub color: Color,
    /// 0 clear to 1 solid.
    pub alpha: f64,
}

impl From<Color> for Paint {
    fn from(color: Color) -> Self {
        Self { color, alpha: 1.0 }
    }
}

/// Light or dark ground.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Dark on light.
    #[default]
    Light,
    /// Light on dark.
    Dark,
}

/// Roles to colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    theme: Theme,
    own: [Option<[u8; 3]>; Color::ROLES.len()],
}

impl From<Theme> for Palette {
    fn from(theme: Theme) -> Self {
        Self::new(theme)
    }
}

impl Palette {
    /// The palette of a theme.
    pub fn new(theme: Theme) -> Self {
        Self { theme, own: [None; Color::ROLES.len()] }
    }

    /// The same with another colour for a role, as a page may wish.
    pub fn with(mut self, role: Color, rgb: [u8; 3]) -> Self {
        if let Some(index) = Color::ROLES.iter().position(|known| *known == role) {
            self.own[index] = Some(rgb);
        }
        self
    }

    /// Red, green and blue of a colour.
    pub fn rgb(&self, color: Color) -> [u8; 3] {
        let role = Color::ROLES.iter().position(|known| *known == color);
        if let Some(rgb) = role.and_then(|index| self.own[index]) {
            return rgb;
        }
        let (light, dark) = match color {
            Color::Ink => ([0x1d, 0x1f, 0x24], [0xec, 0xed, 0xf0]),
            Color::Muted => ([0x5c, 0x61, 0x6b], [0xa5, 0xab, 0xb6]),
            Color::Paper => ([0xff, 0xff, 0xff], [0x16, 0x18, 0x1d]),
            Color::Grid => ([0xdd, 0xdf, 0xe4], [0x35, 0x39, 0x42]),
            Color::Truth => ([0x3a, 0x3d, 0x45], [0xd5, 0xd8, 0xde]),
            Color::Model => ([0x00, 0x6c, 0xb0], [0x56, 0xb4, 0xe9]),
            Color::Baseline => ([0xc8, 0x4e, 0x00], [0xf0, 0x8a, 0x3c]),
            Color::Accent => ([0x00, 0x7d, 0x5a], [0x2b, 0xc4, 0x97]),
            Color::Highlight => ([0xa8, 0x3d, 0x86], [0xe0, 0x8c, 0xc0]),
            Color::Rgb(r, g, b) => ([r, g, b], [r, g, b]),
        };
        match self.theme {
            Theme::Light => light,
            Theme::Dark => dark,
        }
    }

    /// A CSS colour.
    pub fn css(&self, paint: Paint) -> String {
        let [r, g, b] = self.rgb(paint.color);
        if paint.alpha >= 1.0 {
            format!("rgb({r},{g},{b})")
        } else {
            format!("rgba({r},{g},{b},{:.3})", paint.alpha.max(0.0))
        }
    }
}

/// Numbers to colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colormap {
    /// Dark violet to yellow, even in lightness.
    Viridis,
    /// Blue through white to orange; zero in the middle.
    Diverging,
    /// Black to white.
    Gray,
    /// White to black.
    Ink,
    /// Pale, orange, dark, blue and pale again, for angles: quarters differ in lightness or between blue and orange.
    Cyclic,
}

const VIRIDIS: [[u8; 3]; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];
const DIVERGING: [[u8; 3]; 5] = [[0, 84, 150], [110, 170, 215], [247, 247, 247], [240, 165, 100], [180, 70, 0]];
const CYCLIC: [[u8; 3]; 9] = [
    [232, 226, 216],
    [238, 178, 112],
    [205, 98, 30],
    [124, 52, 38],
    [48, 32, 52],
    [30, 66, 122],
    [38, 118, 182],
    [134, 182, 212],
    [232, 226, 216],
];

impl Colormap {
    /// The colour at `u` from 0 to 1; outside it the ends, and the lower end for what is not a number.
    pub fn at(self, u: f64) -> [u8; 3] {
        let u = if u.is_nan() { 0.0 } else { u.clamp(0.0, 1.0) };
        match self {
            Self::Viridis => interpolate(&VIRIDIS, u),
            Self::Diverging => interpolate(&DIVERGING, u),
            Self::Gray => [(u * 255.0) as u8; 3],
            Self::Ink => [((1.0 - u) * 255.0) as u8; 3],
            Self::Cyclic => interpolate(&CYCLIC, u),
        }
    }
}

fn interpolate(stops: &[[u8; 3]], u: f64) -> [u8; 3] {
    let scaled = u * (stops.len() - 1) as f64;
    let index = (scaled as usize).min(stops.len() - 2);
    let share = scaled - index as f64;
    std::array::from_fn(|channel| {
        let (low, high) = (f64::from(stops[index][channel]), f64::from(stops[index + 1][channel]));
        (low + share * (high - low)).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(rgb: [u8; 3]) -> f64 {
        let channel = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.03928 { value / 12.92 } else { math::ops::powf((value + 0.055) / 1.055, 2.4) }
        };
        0.2126 * channel(rgb[0]) + 0.7152 * channel(rgb[1]) + 0.0722 * channel(rgb[2])
    }

    #[test]
    fn text_and_series_have_contrast_aa() {
        for theme in [Theme::Light, Theme::Dark] {
            let palette = Palette::new(theme);
            let paper = luminance(palette.rgb(Color::Paper));
            for color in
                [Color::Ink, Color::Muted, Color::Truth, Color::Model, Color::Baseline, Color::Accent, Color::Highlight]
            {
                let other = luminance(palette.rgb(color));
                let ratio = (paper.max(other) + 0.05) / (paper.min(other) + 0.05);
                assert!(ratio >= 4.5, "{theme:?} {color:?} {ratio}");
            }
        }
    }

    #[test]
    fn a_page_may_set_a_role() {
        let palette = Palette::new(Theme::Dark).with(Color::Model, [1, 2, 3]);
        assert_eq!(palette.rgb(Color::Model), [1, 2, 3]);
        assert_eq!(palette.rgb(Color::Ink), Palette::new(Theme::Dark).rgb(Color::Ink));
    }

    #[test]
    fn colormaps_reach_their_ends() {
        assert_eq!(Colormap::Viridis.at(0.0), VIRIDIS[0]);
        assert_eq!(Colormap::Viridis.at(1.0), VIRIDIS[8]);
        assert_eq!(Colormap::Gray.at(f64::NAN), [0, 0, 0]);
        assert_eq!(Colormap::Cyclic.at(0.0), Colormap::Cyclic.at(1.0));
    }
}
