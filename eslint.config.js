import js from "@eslint/js";
import { globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const AMBIENT_CLOCK = [
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: "Time is a parameter: take a Clock (invariant 9).",
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: "Time is a parameter: take a Clock (invariant 9).",
  },
  {
    selector: "CallExpression[callee.object.name='performance'][callee.property.name='now']",
    message: "Time is a parameter: take a Clock (invariant 9).",
  },
  {
    selector: "CallExpression[callee.name=/^(setTimeout|setInterval)$/]",
    message: "Wait through Clock.sleep, so that tests need not (invariant 9).",
  },
  {
    selector: "CallExpression[callee.object.name='process'][callee.property.name='exit']",
    message: "Only main.ts ends the process; set an outcome and return.",
  },
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: "Only config/load.ts reads the environment.",
  },
];

export default tseslint.config(
  globalIgnores(["node_modules", "coverage"]),
  js.configs.recommended,
  { files: ["**/*.ts"], extends: [tseslint.configs.recommendedTypeChecked] },
  { languageOptions: { parserOptions: { projectService: true } } },
  {
    files: ["**/*.ts"],
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/only-throw-error": "error",
      "@typescript-eslint/return-await": ["error", "in-try-catch"],
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "preserve-caught-error": "error",
      eqeqeq: "error",
    },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/**/*.test.ts"],
    rules: {
      "max-lines": ["error", { max: 300 }],
      "max-lines-per-function": ["error", { max: 60 }],
      "no-console": "error",
      "no-restricted-syntax": ["error", ...AMBIENT_CLOCK],
    },
  },
  {
    // The one adapter of the Clock port, the one reader of the environment, the one process.exit.
    files: ["src/observability/system-clock.ts", "src/config/load.ts", "src/main.ts"],
    rules: { "no-restricted-syntax": "off" },
  },
  {
    files: ["**/*.test.ts", "test/**/*.ts"],
    rules: { "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }] },
  },
  {
    files: ["**/*.js"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { process: "readonly", console: "readonly" } },
  },
  {
    // Runs in a browser.
    files: ["src/web/pages/*.js"],
    languageOptions: {
      globals: Object.fromEntries(
        ["document", "location", "fetch", "setInterval", "DOMParser", "HTMLInputElement"].map((name) => [
          name,
          "readonly",
        ]),
      ),
    },
  },
);
