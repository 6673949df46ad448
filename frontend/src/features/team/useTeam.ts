import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

export type Member = components["schemas"]["MemberOut"];
export type NewMember = components["schemas"]["MemberInRequest"];
export type Token = components["schemas"]["TokenOut"];
export type NewToken = components["schemas"]["TokenInRequest"];

const MANY = { params: { query: { page_size: 500 } } };

export const membersQuery = queryOptions({
  queryKey: ["team", "members"],
  queryFn: async () => (await api.GET("/api/v1/members/", MANY)).data!.results,
});

export const tokensQuery = queryOptions({
  queryKey: ["team", "tokens"],
  queryFn: async () => (await api.GET("/api/v1/tokens/", MANY)).data!.results,
});

/** A change of the team, after which its lists are fetched again. */
function useTeamChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: ["team"] }),
        queryClient.invalidateQueries({ queryKey: ["session"] }),
      ]),
  });
}

export const useSetMember = () =>
  useTeamChange(async (body: NewMember) => (await api.POST("/api/v1/members/", { body })).data!);

export const useRemoveMember = () =>
  useTeamChange((id: string) => api.DELETE("/api/v1/members/{id}/", { params: { path: { id } } }));

export const useCreateToken = () =>
  useTeamChange(async (body: NewToken) => (await api.POST("/api/v1/tokens/", { body })).data!);

export const useRevokeToken = () =>
  useTeamChange((id: string) => api.DELETE("/api/v1/tokens/{id}/", { params: { path: { id } } }));
