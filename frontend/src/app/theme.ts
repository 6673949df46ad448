import {
  Badge,
  createTheme,
  SegmentedControl,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from "@mantine/core";

/** A muted signal green-blue: it never competes with the warm colours of a score map. */
const signal: MantineColorsTuple = [
  "#e2fbf6",
  "#cbf3ea",
  "#98e6d5",
  "#62d8bf",
  "#37cdac",
  "#1dc6a0",
  "#08c29a",
  "#00ab86",
  "#009877",
  "#008466",
];

/** Neutral greys with a touch of blue, so that greyscale images keep their own tone. */
const dark: MantineColorsTuple = [
  "#d5dae0",
  "#a9b1bb",
  "#8b95a1",
  "#5d6773",
  "#39424d",
  "#2a323b",
  "#1f262e",
  "#171c23",
  "#11161b",
  "#0b0f13",
];

export const theme = createTheme({
  primaryColor: "signal",
  primaryShade: { light: 8, dark: 7 },
  colors: { signal, dark },
  fontFamily:
    'Inter, "Segoe UI", "Noto Sans", "Noto Sans KR", -apple-system, BlinkMacSystemFont, Roboto, "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "JetBrains Mono", "SF Mono", "Liberation Mono", monospace',
  defaultRadius: "sm",
  cursorType: "pointer",
  components: {
    Badge: Badge.extend({ defaultProps: { tt: "none", fw: 600 } }),
    SegmentedControl: SegmentedControl.extend({
      styles: {
        root: { background: "light-dark(var(--mantine-color-gray-1), var(--mantine-color-dark-6))" },
      },
    }),
  },
});

/** Grey on the dark ground is a lighter grey, not black. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {},
  dark: {
    "--mantine-color-gray-light": "rgba(169, 177, 187, 0.12)",
    "--mantine-color-gray-light-hover": "rgba(169, 177, 187, 0.18)",
    "--mantine-color-gray-light-color": "var(--mantine-color-dark-0)",
  },
});
