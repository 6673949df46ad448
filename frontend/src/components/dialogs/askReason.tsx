import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useState, type ReactNode, type SubmitEvent } from "react";

import { i18n } from "@/lib/i18n";

interface Question {
  title: string;
  text: ReactNode;
  label: string;
  confirm: string;
  onConfirm: (reason: string) => void;
}

const MAX_CHARS = 300;

/** Asks for confirmation and the reason, which goes into the audit trail. */
export function askReason({ title, ...question }: Question): void {
  const id = modals.open({
    title,
    children: <ReasonForm {...question} onDone={() => modals.close(id)} />,
  });
}

function ReasonForm({
  text,
  label,
  confirm,
  onConfirm,
  onDone,
}: Omit<Question, "title"> & { onDone: () => void }) {
  const [reason, setReason] = useState("");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onDone();
    onConfirm(reason.trim());
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">{text}</Text>
        <Textarea
          label={label}
          autosize
          minRows={2}
          maxLength={MAX_CHARS}
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {i18n.t("action.cancel")}
          </Button>
          <Button type="submit" disabled={!reason.trim()}>
            {confirm}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
