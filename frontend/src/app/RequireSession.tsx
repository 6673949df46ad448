import { Center, Loader } from "@mantine/core";
import { Navigate, Outlet, useLocation } from "react-router";

import { Failure } from "@/components/feedback/Failure";
import { useSession } from "@/lib/data/session";

/** Lets signed-in people through; others sign in first and come back to where they wanted to go. */
export function RequireSession() {
  const session = useSession();
  const location = useLocation();
  if (session.data) return <Outlet />;
  if (session.data === null) {
    const wanted = encodeURIComponent(location.pathname + location.search);
    return <Navigate to={`/sign-in?next=${wanted}`} replace />;
  }
  return (
    <Center h="100vh">
      {session.error ? (
        <Failure error={session.error} onRetry={() => void session.refetch()} />
      ) : (
        <Loader aria-label="Flawmark" />
      )}
    </Center>
  );
}
