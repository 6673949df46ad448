import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** The review workspace of one dataset. */
export function ReviewPage() {
  const { t } = useTranslation("review");
  return <Text>{t("title")}</Text>;
}
