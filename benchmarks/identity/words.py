"""The words that invented shop populations are made of: names with readings, places, roads. No real person is meant."""

# ruff: noqa: E501  (tables of words read better in long lines)

from __future__ import annotations

SURNAMES = dict(
    pair.split(":")
    for pair in (
        "王:wang 李:li 张:zhang 刘:liu 陈:chen 杨:yang 黄:huang 赵:zhao 吴:wu 周:zhou 徐:xu 孙:sun 马:ma 朱:zhu 胡:hu 郭:guo "
        "何:he 高:gao 林:lin 罗:luo 郑:zheng 梁:liang 谢:xie 宋:song 唐:tang 许:xu 韩:han 冯:feng 邓:deng 曹:cao 彭:peng 曾:zeng "
        "肖:xiao 田:tian 董:dong 袁:yuan 潘:pan 于:yu 蒋:jiang 蔡:cai 余:yu 杜:du 叶:ye 程:cheng 苏:su 魏:wei 吕:lv 丁:ding "
        "任:ren 沈:shen 姚:yao 卢:lu 姜:jiang 崔:cui 钟:zhong 谭:tan 陆:lu 汪:wang 范:fan 金:jin 石:shi 廖:liao 贾:jia 夏:xia "
        "韦:wei 付:fu 方:fang 白:bai 邹:zou 孟:meng 熊:xiong 秦:qin 邱:qiu 江:jiang 尹:yin 薛:xue 闫:yan 段:duan 雷:lei 侯:hou "
        "单:shan 仇:qiu 翟:zhai 欧阳:ouyang 司马:sima 诸葛:zhuge 上官:shangguan"
    ).split()
)
GIVEN = dict(
    pair.split(":")
    for pair in (
        "伟:wei 玮:wei 炜:wei 明:ming 铭:ming 鸣:ming 小:xiao 晓:xiao 筱:xiao 丽:li 莉:li 力:li 静:jing 晶:jing 敬:jing 娜:na 芳:fang "
        "敏:min 强:qiang 磊:lei 蕾:lei 军:jun 君:jun 洋:yang 阳:yang 勇:yong 艳:yan 燕:yan 杰:jie 洁:jie 娟:juan 涛:tao 超:chao 霞:xia "
        "平:ping 萍:ping 刚:gang 桂:gui 文:wen 雯:wen 辉:hui 慧:hui 惠:hui 玲:ling 灵:ling 红:hong 宏:hong 鹏:peng 飞:fei 菲:fei 雪:xue "
        "梅:mei 美:mei 兰:lan 岚:lan 波:bo 博:bo 斌:bin 宾:bin 华:hua 建:jian 健:jian 国:guo 志:zhi 智:zhi 子:zi 梓:zi 涵:han 晗:han "
        "雨:yu 宇:yu 玉:yu 轩:xuan 萱:xuan 欣:xin 心:xin 怡:yi 一:yi 诗:shi 思:si 嘉:jia 佳:jia 家:jia 琪:qi 奇:qi 浩:hao 皓:hao 然:ran "
        "俊:jun 泽:ze 豪:hao 婷:ting 倩:qian 云:yun 芸:yun 峰:feng 锋:feng 丹:dan 龙:long 春:chun 秋:qiu 冬:dong 安:an 宁:ning"
    ).split()
)
TRADITIONAL = str.maketrans(
    "张刘陈杨黄赵吴孙马罗郑谢许韩冯邓曾萧董蒋叶苏吕卢钟谭陆范贾韦邹单欧阳伟炜铭鸣晓丽静莹娜强军洁娟涛刚辉红鹏飞兰岚斌华国泽云龙宁",
    "張劉陳楊黃趙吳孫馬羅鄭謝許韓馮鄧曾蕭董蔣葉蘇呂盧鍾譚陸範賈韋鄒單歐陽偉煒銘鳴曉麗靜瑩娜強軍潔娟濤剛輝紅鵬飛蘭嵐斌華國澤雲龍寧",
)
FIRST = (
    "Robert:Bob William:Bill Elizabeth:Liz Katherine:Kate Michael:Mike Anna James:Jim Thomas:Tom Jennifer:Jen Daniel:Dan "
    "José María Zoë Björn François Łukasz Søren Chloé Andrés Noémie Sarah Laura Peter Martin Julia Emma Lucas Oliver Sofia "
    "Ivan Nadia Hugo Clara Felix Marta Paul Irene Victor Alice George Helen"
).split()
LAST = (
    "O'Brien Müller-Lüdenscheidt Smith Johnson Müller Núñez García Björklund Østergaard Lefèvre Kowalski Novák Fernández Rossi "
    "Weber Schröder Dubois Martin Hansen Lindqvist Walker Hughes Bennett Carter Morgan Foster Reyes Silva Costa Moretti Ricci "
    "Fischer Brandt Keller Vogel Baker Turner Parker Cooper Bailey Murphy Kelly Doyle Byrne Quinn Jansen Visser Mulder Bakker "
    "Horváth Kovács Szabó Popescu Ionescu Petrov Sokolov Andersson Nilsson Laine Virtanen Abbott Barlow Calder Dawes Everly "
    "Farrow Gantry Halden Inskip Jessop Kendal Lomax Marlow Nesbit Orwell Penrose Quarles Radley Selwyn Thorne Upton Verney "
    "Wexley Yardley Ashdown Blythe Crowther Denholm Elwood Fenwick Garside Hollis Ingram Jarrow Kirkby"
).split()
PLACES = [
    tuple(line.split())
    for line in (
        "广东省 深圳市 南山区 福田区 罗湖区 宝安区 龙岗区",
        "广东省 广州市 天河区 越秀区 海珠区 白云区 番禺区",
        "北京市 北京市 朝阳区 海淀区 东城区 西城区 丰台区",
        "上海市 上海市 浦东新区 徐汇区 静安区 闵行区 杨浦区",
        "浙江省 杭州市 西湖区 余杭区 拱墅区 滨江区",
        "江苏省 南京市 玄武区 鼓楼区 江宁区 建邺区",
        "江苏省 苏州市 姑苏区 吴中区 相城区",
        "四川省 成都市 武侯区 锦江区 青羊区 金牛区",
        "湖北省 武汉市 洪山区 武昌区 江汉区",
        "陕西省 西安市 雁塔区 碑林区 未央区",
        "山东省 青岛市 市南区 崂山区 黄岛区",
        "福建省 厦门市 思明区 湖里区 集美区",
        "吉林省 长春市 朝阳区 南关区 宽城区",
        "浙江省 金华市 义乌市 婺城区 东阳市",
        "湖南省 长沙市 岳麓区 芙蓉区 雨花区",
        "重庆市 重庆市 渝中区 江北区 南岸区",
    )
]
ROADS = [
    a + b
    for a in "科技 学府 滨河 迎宾 解放 人民 建设 和平 长虹 春风 文昌 翠竹 锦绣 花园 中山 朝晖 银杏 梧桐 望江 云栖 石桥 南湖 东风 金桥".split()
    for b in ("路", "街", "大道", "一路", "东路")
]
GARDENS = "阳光花园 翠湖苑 金色家园 锦绣华庭 东方名苑 云锦里 江畔人家 紫薇苑 幸福里 百合苑".split()
STREETS = [
    f"{a} {b}"
    for a in "Main Mill Church Station Park Victoria Oak Maple Cedar Elm River Hill Bridge School Garden".split()
    for b in ("Street", "Road", "Avenue", "Lane")
]
TOWNS = [
    ("GB", "", "Leeds", "LS"), ("GB", "", "Bristol", "BS"), ("US", "CA", "Oakland", "946"), ("US", "OR", "Portland", "972"),
    ("DE", "", "Bremen", "28"), ("DE", "", "Leipzig", "04"), ("FR", "", "Lyon", "690"), ("ES", "", "Sevilla", "410"),
]  # fmt: skip
DIAL = {"GB": "+447{:09d}", "US": "+1{}555{:04d}", "DE": "+49151{:08d}", "FR": "+336{:08d}", "ES": "+346{:08d}"}
MAILS = "qq.com 163.com 126.com gmail.com outlook.com sina.com example-mail.cn icloud.com".split()
RELAYS = ["privaterelay.appleid.com", "duck.com", "mozmail.com"]
PLATFORMS = ("taobao", "jd", "douyin", "web", "till", "wechat")
