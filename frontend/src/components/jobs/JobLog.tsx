import { Code, ScrollArea, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** The tail of a job's log, newest line at the bottom. */
export function JobLog({ text }: { text: string }) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs">
      <Title order={2} size="h5">
        {t("job.log")}
      </Title>
      {text ? (
        <ScrollArea.Autosize mah={360} tabIndex={0}>
          <Code block>{text}</Code>
        </ScrollArea.Autosize>
      ) : (
        <Text size="sm" c="dimmed">
          {t("job.noLog")}
        </Text>
      )}
    </Stack>
  );
}
