import { Button, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import classes from "./ReviewScreen.module.css";
import { useView } from "./WorkspaceContext";

/** Over the canvas while another tab of this browser has the image. */
export function ElsewhereCurtain() {
  const { t } = useTranslation("review");
  const { workspace, elsewhere } = useView("elsewhere");
  if (!elsewhere) return null;
  return (
    <div className={classes.curtain}>
      <Stack align="center" gap="xs" role="alert">
        <Title order={2} size="h4">
          {t("elsewhere.title")}
        </Title>
        <Text size="sm" c="dark.1">
          {t("elsewhere.text")}
        </Text>
        <Button mt="sm" onClick={() => workspace.workHere()}>
          {t("elsewhere.here")}
        </Button>
      </Stack>
    </div>
  );
}
