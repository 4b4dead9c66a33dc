import { useMemo, useState } from "react";
import { Combobox } from "./Combobox";

type ZoneInputProps = {
  value: string;
  onChange: (zone: string) => void;
  id?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
};

const MOST = 50;

/** A time zone of the IANA database, found by a part of its name. */
export function ZoneInput({ value, onChange, ...attributes }: ZoneInputProps) {
  const [isTyping, setIsTyping] = useState(false);
  const zones = useMemo(() => ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")], []);
  const wanted = isTyping ? value.trim().toLowerCase().replaceAll(" ", "_") : "";
  const found = zones.filter((zone) => zone.toLowerCase().includes(wanted)).slice(0, MOST);
  return (
    <Combobox
      {...attributes}
      typed={value}
      onType={(typed) => {
        setIsTyping(true);
        onChange(typed);
      }}
      options={found.map((zone) => ({ id: zone, label: zone }))}
      onPick={({ id }) => {
        setIsTyping(false);
        onChange(id);
      }}
    />
  );
}
