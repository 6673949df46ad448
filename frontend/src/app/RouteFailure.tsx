import { Button, Center, Group } from "@mantine/core";
import { IconMoodSad } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { isRouteErrorResponse, Link, useRouteError } from "react-router";

import { EmptyState } from "@/components/feedback/EmptyState";

/** Shown when a page cannot be found, loaded or drawn. */
export function RouteFailure() {
  const error = useRouteError();
  const { t } = useTranslation();
  const missing = error === undefined || (isRouteErrorResponse(error) && error.status === 404);
  return (
    <Center h="100%" mih={400}>
      <EmptyState
        icon={<IconMoodSad size={28} />}
        title={t(missing ? "routeFailure.missing" : "routeFailure.broken")}
        action={
          <Group>
            <Button component={Link} to="/datasets" variant="default">
              {t("routeFailure.home")}
            </Button>
            {!missing && (
              <Button onClick={() => globalThis.location.reload()}>{t("routeFailure.reload")}</Button>
            )}
          </Group>
        }
      >
        {t(missing ? "routeFailure.missingHint" : "routeFailure.brokenHint")}
      </EmptyState>
    </Center>
  );
}
