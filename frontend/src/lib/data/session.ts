import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api } from "@/lib/api/client";
import { ApiError } from "@/lib/api/problem";

import { currentTeam } from "./team";
import type { Session } from "./types";

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  staleTime: 60_000,
  queryFn: async (): Promise<Session | null> => {
    try {
      return (await api.GET("/api/v1/session/")).data ?? null;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return null;
      throw error;
    }
  },
});

export const useSession = () => useQuery(sessionQuery);

/** Whether the signed-in person may do something in the present team. */
export function useMay(scope: "read" | "predict" | "review" | "write" | "admin"): boolean {
  const { data } = useSession();
  return data ? (currentTeam(data)?.scopes.includes(scope) ?? false) : false;
}

export function useSignIn() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (body: { username: string; password: string }) => {
      // The first answer of the session endpoint sets the CSRF cookie, signed in or not.
      await queryClient.query({ ...sessionQuery, staleTime: 0 });
      return (await api.POST("/api/v1/session/", { body })).data ?? null;
    },
    onSuccess: (session) => queryClient.setQueryData(sessionQuery.queryKey, session),
  });
}

export function useSignOut() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => api.DELETE("/api/v1/session/"),
    onSuccess: () => {
      queryClient.clear();
      queryClient.setQueryData(sessionQuery.queryKey, null);
    },
  });
}
