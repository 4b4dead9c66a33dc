"""Vendors: whose service a provider is, for habits that its type of API doesn't tell."""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import urlsplit


class Vendor(StrEnum):
    """Vendors, and servers that anyone runs, with habits of their own; all others are `other`."""

    ALIBABA = "alibaba"
    AMAZON = "amazon"
    ANTHROPIC = "anthropic"
    AZURE = "azure"
    DEEPSEEK = "deepseek"
    GOOGLE = "google"
    GROQ = "groq"
    MISTRAL = "mistral"
    MOONSHOT = "moonshot"
    OLLAMA = "ollama"
    OPENAI = "openai"
    OPENROUTER = "openrouter"
    PERPLEXITY = "perplexity"
    VLLM = "vllm"
    XAI = "xai"
    ZHIPU = "zhipu"
    OTHER = "other"


# Hosts, or what hosts end with if it begins with a dot.
_HOSTS = {
    "dashscope.aliyuncs.com": Vendor.ALIBABA,
    "dashscope-intl.aliyuncs.com": Vendor.ALIBABA,
    "dashscope-us.aliyuncs.com": Vendor.ALIBABA,
    ".amazonaws.com": Vendor.AMAZON,
    ".api.aws": Vendor.AMAZON,
    "api.anthropic.com": Vendor.ANTHROPIC,
    ".openai.azure.com": Vendor.AZURE,
    ".services.ai.azure.com": Vendor.AZURE,
    ".cognitiveservices.azure.com": Vendor.AZURE,
    "api.deepseek.com": Vendor.DEEPSEEK,
    ".googleapis.com": Vendor.GOOGLE,
    "api.groq.com": Vendor.GROQ,
    "api.mistral.ai": Vendor.MISTRAL,
    "api.moonshot.ai": Vendor.MOONSHOT,
    "api.moonshot.cn": Vendor.MOONSHOT,
    "ollama.com": Vendor.OLLAMA,
    "api.openai.com": Vendor.OPENAI,
    ".api.openai.com": Vendor.OPENAI,
    "openrouter.ai": Vendor.OPENROUTER,
    "api.perplexity.ai": Vendor.PERPLEXITY,
    ".x.ai": Vendor.XAI,
    "api.z.ai": Vendor.ZHIPU,
    "open.bigmodel.cn": Vendor.ZHIPU,
}


def vendor_of(base_url: str) -> Vendor:
    """The vendor whose host a base URL names."""
    host = (urlsplit(base_url).hostname or "").lower()
    for name, vendor in _HOSTS.items():
        if host == name or (name.startswith(".") and host.endswith(name)):
            return vendor
    return Vendor.OTHER
