//! The one palette, by role: every colour of page and chart, light and dark.
//!
//! Series colours are Okabe–Ito's, darkened for light and lightened for dark ground until the contrast is at least 3 : 1.
//! `style/palette.css` is [`css`] written to a file; a test keeps them equal.

use plotters::style::RGBColor;
use serde::{Deserialize, Serialize};

/// How many series colours there are; further series repeat them.
pub const SERIES_COLOURS: usize = 8;

/// What a colour means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Ground of the page.
    Ground,
    /// Ground of a panel, of charts and pictures.
    Panel,
    /// Borders.
    Line,
    /// Grid lines of charts.
    Grid,
    /// Text.
    Text,
    /// Text that steps back: labels, units.
    Muted,
    /// The n-th series.
    Series(u8),
    /// Links, the chosen one of several.
    Accent,
    /// Machine runs; live.
    Run,
    /// Unplanned stop; error.
    Stop,
    /// Micro-stop; values outside limits.
    Micro,
    /// Waiting.
    Wait,
    /// Planned stop.
    Planned,
    /// Setup.
    Setup,
    /// Unknown.
    Unknown,
}

/// Light or dark ground.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Palette {
    /// Dark on light.
    #[default]
    Light,
    /// Light on dark.
    Dark,
}

/// Role, name of its custom property, light, dark. Light values are all different: [`crate::svg`] finds roles by them.
const COLOURS: [(Role, &str, u32, u32); 22] = [
    (Role::Ground, "ground", 0xf3f4f5, 0x15181b),
    (Role::Panel, "panel", 0xffffff, 0x1c2024),
    (Role::Line, "line", 0xdfe2e5, 0x2c3238),
    (Role::Grid, "grid", 0xeceef0, 0x282d32),
    (Role::Text, "text", 0x1b1f23, 0xe6e8ea),
    (Role::Muted, "muted", 0x5b636c, 0x9aa3ac),
    (Role::Series(0), "series-1", 0x0072b2, 0x56b4e9),
    (Role::Series(1), "series-2", 0xc25400, 0xf08a3c),
    (Role::Series(2), "series-3", 0x00805d, 0x2fc79a),
    (Role::Series(3), "series-4", 0xa8588a, 0xcc79a7),
    (Role::Series(4), "series-5", 0x8a6d00, 0xe6b93c),
    (Role::Series(5), "series-6", 0x2a7f9e, 0x7fd3ee),
    (Role::Series(6), "series-7", 0x6b5bb5, 0xa99bea),
    (Role::Series(7), "series-8", 0x4d5761, 0xb8c0c8),
    (Role::Accent, "accent", 0x0b63bd, 0x6cb2ff),
    (Role::Run, "run", 0x2f7d4b, 0x58a874),
    (Role::Stop, "stop", 0xc2332d, 0xf2675c),
    (Role::Micro, "micro", 0xa85c06, 0xf09b3c),
    (Role::Wait, "wait", 0x7d6300, 0xe3c04a),
    (Role::Planned, "planned", 0x5a6e83, 0x8ba0b5),
    (Role::Setup, "setup", 0x7555a8, 0xa98fd6),
    (Role::Unknown, "unknown", 0x666d74, 0x8b949c),
];

impl Role {
    /// The n-th series' role; colours repeat after [`SERIES_COLOURS`].
    pub fn series(position: usize) -> Self {
        Self::Series(u8::try_from(position % SERIES_COLOURS).unwrap_or(0))
    }

    /// Its custom property: `series-1` for `var(--series-1)`.
    pub fn property(self) -> &'static str {
        self.entry().1
    }

    fn entry(self) -> (Self, &'static str, u32, u32) {
        COLOURS.into_iter().find(|(role, ..)| *role == self).unwrap_or((Self::Text, "text", 0x1b1f23, 0xe6e8ea))
    }
}

impl Palette {
    /// The colour of a role.
    pub fn colour(self, role: Role) -> RGBColor {
        let (_, _, light, dark) = role.entry();
        let value = match self {
            Self::Light => light,
            Self::Dark => dark,
        };
        let [_, red, green, blue] = value.to_be_bytes();
        RGBColor(red, green, blue)
    }
}

/// Roles with their light colours as `#RRGGBB`, the way plotters writes them into SVG.
pub(crate) fn light_codes() -> impl Iterator<Item = (&'static str, String)> {
    COLOURS.into_iter().map(|(_, property, light, _)| (property, format!("#{light:06X}")))
}

/// The palette as custom properties; `light-dark()` follows the page's `color-scheme`.
pub fn css() -> String {
    let mut css = String::from("/* Written from crates/chart/src/palette.rs; a test keeps them equal. */\n:root {\n");
    for (_, property, light, dark) in COLOURS {
        css.push_str(&format!("  --{property}: light-dark(#{light:06x}, #{dark:06x});\n"));
    }
    css.push_str("}\n");
    css
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn luminance(colour: RGBColor) -> f64 {
        let channel = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(colour.0) + 0.7152 * channel(colour.1) + 0.0722 * channel(colour.2)
    }

    fn contrast(a: RGBColor, b: RGBColor) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_has_contrast_and_graphics_too() {
        for palette in [Palette::Light, Palette::Dark] {
            for (role, name, ..) in COLOURS {
                let least = match role {
                    Role::Ground | Role::Panel | Role::Line | Role::Grid => continue,
                    _ => 4.5,
                };
                for ground in [Role::Panel, Role::Ground] {
                    let found = contrast(palette.colour(role), palette.colour(ground));
                    let least = if matches!(role, Role::Series(_)) && ground == Role::Ground { 3.0 } else { least };
                    assert!(found >= least, "{name} on {ground:?} in {palette:?}: {found:.2} < {least}");
                }
            }
        }
    }

    #[test]
    fn light_colours_tell_roles_apart() {
        let codes: HashSet<String> = light_codes().map(|(_, code)| code).collect();
        assert_eq!(codes.len(), COLOURS.len());
    }

    #[test]
    fn the_style_sheet_is_this_palette() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../style/palette.css");
        if std::env::var_os("UPDATE_PALETTE").is_some() {
            std::fs::write(path, css()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), css(), "run this test once with UPDATE_PALETTE=1");
    }
}
