from django.middleware.locale import LocaleMiddleware


class LanguageMiddleware(LocaleMiddleware):
    pass
