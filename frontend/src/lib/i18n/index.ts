import i18n, { type ResourceLanguage } from "i18next";
import { initReactI18next } from "react-i18next";

import common from "./en.json";

/**
 * Feature strings live beside the feature (`features/<name>/en.json`); each becomes the namespace `<name>`.
 * They are gathered here by file pattern, not by import, so that lib knows no feature.
 */
const files = import.meta.glob<ResourceLanguage>("../../features/*/en.json", {
  eager: true,
  import: "default",
});

const english: Record<string, ResourceLanguage> = { common };
for (const [path, strings] of Object.entries(files)) {
  const feature = /features\/([^/]+)\//.exec(path)?.[1];
  if (feature) english[feature] = strings;
}

void i18n.use(initReactI18next).init({
  lng: "en",
  fallbackLng: "en",
  defaultNS: "common",
  resources: { en: english },
  interpolation: { escapeValue: false },
});

export { i18n };
