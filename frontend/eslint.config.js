import js from "@eslint/js";
import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";
import importX from "eslint-plugin-import-x";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import { readdirSync } from "node:fs";
import tseslint from "typescript-eslint";

const features = readdirSync(new URL("./src/features", import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

/** lib, components, canvas → features → app; no feature imports another. */
const zones = [
  {
    target: ["./src/lib", "./src/components", "./src/canvas"],
    from: ["./src/features", "./src/app"],
    message: "Shared code knows no feature and no page.",
  },
  { target: "./src/lib", from: ["./src/components", "./src/canvas"], message: "lib is the ground floor." },
  { target: "./src/canvas", from: "./src/components", message: "The canvas draws pixels, not components." },
  { target: "./src/features", from: "./src/app", message: "Features do not know the application shell." },
  ...features.map((name) => ({
    target: `./src/features/${name}`,
    from: "./src/features",
    except: [`./${name}`],
    message: "No feature imports another: share through components or lib.",
  })),
  {
    target: "./src/canvas/geometry",
    from: ["./src/canvas", "./src/lib"],
    except: ["./geometry"],
    message: "Geometry is pure mathematics.",
  },
];

export default tseslint.config(
  { ignores: ["dist", "coverage", "src/lib/api/schema.d.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    files: ["src/**/*.{ts,tsx}", "*.config.ts"],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { "import-x": importX },
    settings: {
      "import-x/resolver-next": [createTypeScriptImportResolver({ project: "./tsconfig.json" })],
    },
    rules: {
      "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones }],
      "import-x/no-cycle": "error",
      "import-x/no-self-import": "error",
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      complexity: ["error", 12],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // Pixel loops index typed arrays whose bounds the loop itself proves.
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  { files: ["src/**/*.tsx"], ...jsxA11y.flatConfigs.recommended },
  { files: ["src/**/*.{ts,tsx}"], ...reactHooks.configs.flat["recommended-latest"] },
  {
    files: ["src/canvas/geometry/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        { paths: ["react", "react-dom"], patterns: ["react/*", "@mantine/*"] },
      ],
    },
  },
  {
    files: ["*.js", "*.cjs"],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: { globals: globals.node },
  },
);
