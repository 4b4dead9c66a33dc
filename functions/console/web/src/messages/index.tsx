import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { usePreferences } from "@/app/preferences";
import en, { type Messages } from "./en";

const MessagesContext = createContext<Messages>(en);

/** English comes with the page; Chinese is fetched when it is asked for. */
export function MessagesProvider({ children }: { children: ReactNode }) {
  const { language } = usePreferences();
  const [messages, setMessages] = useState<Messages | null>(language === "en" ? en : null);

  useEffect(() => {
    let isCurrent = true;
    document.documentElement.lang = language === "en" ? "en" : "zh-CN";
    if (language === "en") setMessages(en);
    else void import("./zh").then((loaded) => isCurrent && setMessages(loaded.default));
    return () => {
      isCurrent = false;
    };
  }, [language]);

  return messages === null ? null : <MessagesContext value={messages}>{children}</MessagesContext>;
}

/** What the console says, in the viewer's language: `useMessages().keys.title`. */
export function useMessages(): Messages {
  return useContext(MessagesContext);
}
