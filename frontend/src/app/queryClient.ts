import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";

import { ApiError, isOffline } from "@/lib/api/problem";
import { sessionQuery } from "@/lib/data/session";

const RETRIES = 2;

/** Server state of the application. A session that ended anywhere leads to the sign-in page. */
export function createQueryClient(): QueryClient {
  const noticeSignedOut = (error: unknown) => {
    if (error instanceof ApiError && error.status === 401) {
      queryClient.setQueryData(sessionQuery.queryKey, null);
    }
  };
  const queryClient: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: noticeSignedOut }),
    mutationCache: new MutationCache({ onError: noticeSignedOut }),
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        // What the server refused it refuses again; only an unreachable server is asked again.
        retry: (failures, error) => isOffline(error) && failures < RETRIES,
      },
    },
  });
  return queryClient;
}
