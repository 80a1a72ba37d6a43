import { onSignedOut, queries, refresh } from "@berth/ui/api/query.ts";
import { onLiveChanges } from "@berth/ui/live/use-live.ts";
import { refusalWords } from "@berth/ui/words/refusals.ts";
import { uiWords } from "@berth/ui/words/ui-words.ts";
import { loadWords, startWords } from "@berth/ui/words/words.ts";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { navWords } from "./i18n/areas.ts";
import { firstLanguage } from "./i18n/language.ts";
import { Root } from "./root.tsx";
import { beginPage, router } from "./router.tsx";
import { sessionQuery } from "./session.ts";

const shell = document.getElementById("app");
if (!shell) throw new Error("the page has no place for the application");

onSignedOut(() => {
  const { pathname, searchStr, hash } = router.state.location;
  queries.removeQueries({ queryKey: sessionQuery.queryKey });
  if (pathname === "/sign-in") return;
  void router.navigate({ to: "/sign-in", search: { next: pathname + searchStr } as never, hash });
});
onLiveChanges((topics) => void refresh(...topics));
await startWords(firstLanguage());
beginPage();
await loadWords([uiWords, refusalWords, navWords]);
createRoot(shell).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Root>
        <RouterProvider router={router} />
      </Root>
    </QueryClientProvider>
  </StrictMode>,
);
