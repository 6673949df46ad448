import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { Navigate, useSearchParams } from "react-router";

import { sentenceOf } from "@/components/feedback/Failure";
import { useSession, useSignIn } from "@/lib/data/session";

/** Where to go after signing in: only a path of this application, never another site. */
export function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) ? next : "/datasets";
}

/** Sign in with name and password, then go back to the wanted page. */
export function SignInPage() {
  const { t } = useTranslation("session");
  const [search] = useSearchParams();
  const session = useSession();
  const signIn = useSignIn();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { username: "", password: "" },
    validate: {
      username: (value) => (value.trim() ? null : t("usernameMissing")),
      password: (value) => (value ? null : t("passwordMissing")),
    },
  });
  if (session.data) return <Navigate to={safeNext(search.get("next"))} replace />;
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder p="xl" w={380} radius="md">
        <form onSubmit={form.onSubmit((values) => signIn.mutate(values))} noValidate>
          <Stack>
            <div>
              <Title order={1} size="h3">
                {t("title")}
              </Title>
              <Text size="sm" c="dimmed">
                {t("subtitle")}
              </Text>
            </div>
            {signIn.error && (
              <Alert color="red" variant="light" role="alert">
                {sentenceOf(signIn.error, t("common:error.unexpected"))}
              </Alert>
            )}
            <TextInput
              label={t("username")}
              autoComplete="username"
              data-autofocus
              key={form.key("username")}
              {...form.getInputProps("username")}
            />
            <PasswordInput
              label={t("password")}
              autoComplete="current-password"
              key={form.key("password")}
              {...form.getInputProps("password")}
            />
            <Button type="submit" loading={signIn.isPending}>
              {t("signIn")}
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
